//! The vendors as stateful servers over one simulated world of a managed service provider.
//!
//! Pax8, Xero and NinjaOne answer over HTTP as their own documents say, with the leaks of real
//! life in their data and an answer sheet that was written as the leaks were put in. It knows
//! nothing of the product and refuses to: the answers must not come from the code they judge.

pub mod clock;
pub mod control;
pub mod faults;
pub mod journal;
pub mod net;
mod ninjaone;
mod pax8;
pub mod world;
pub mod xero;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::SimClock;
use crate::control::{Control, Credentials};
use crate::faults::{Faults, Play, Vendor};
use crate::journal::{Begun, Entry, Journal, Watch};
use crate::net::{CuttableListener, Peer};
use crate::ninjaone::Ninja;
use crate::pax8::Pax8;
use crate::world::World;
use crate::world::dice::uuid;
use crate::xero::Xero;

pub use crate::world::{Answer, Size};

/// What a sandbox is made from.
#[derive(Clone, Debug)]
pub struct Options {
    pub seed: u64,
    pub size: Size,
    /// Simulated time at the start.
    pub now: DateTime<Utc>,
    /// Let real time pass too (for a demo); otherwise time moves only by `/_control/advance`.
    pub ticking: bool,
    pub addr: SocketAddr,
    /// Bearer of `/_control`; without it nothing there answers.
    pub control_token: String,
    /// Pax8 calls allowed in a minute; none by default.
    pub pax8_per_minute: Option<u32>,
    /// Xero limits (60 a minute, 5 at once, 5,000 a day) enforced.
    pub xero_limits: bool,
    /// Rows a page holds at most, whatever is asked for, so that short lists have several pages.
    pub largest_page: Option<usize>,
    /// Where to keep what changes the sandbox; a later start on the same file goes on from there,
    /// in simulated time too, and refuses another seed or size. None: the end forgets everything.
    pub journal: Option<PathBuf>,
}

impl Options {
    /// Seed 1, default size, 2026-11-12T09:00:00Z, a free loopback port.
    pub fn new(control_token: impl Into<String>) -> Self {
        Self {
            seed: 1,
            size: Size::default(),
            now: DateTime::from_timestamp(1_794_474_000, 0).unwrap_or_default(),
            ticking: false,
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            control_token: control_token.into(),
            pax8_per_minute: None,
            xero_limits: true,
            largest_page: None,
            journal: None,
        }
    }
}

/// Where a client of each vendor should be pointed.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Urls {
    pub pax8_api: String,
    pub pax8_webhooks: String,
    pub xero_authorize: String,
    pub xero_token: String,
    pub xero_revoke: String,
    pub xero_connections: String,
    pub xero_api: String,
    pub ninjaone_api: String,
    pub control: String,
}

impl Urls {
    fn at(addr: SocketAddr) -> Self {
        let base = format!("http://{addr}");
        Self {
            pax8_api: format!("{base}/pax8/v1"),
            pax8_webhooks: format!("{base}/pax8/api/v2"),
            xero_authorize: format!("{base}/xero/identity/connect/authorize"),
            xero_token: format!("{base}/xero/identity/connect/token"),
            xero_revoke: format!("{base}/xero/identity/connect/revocation"),
            xero_connections: format!("{base}/xero/api/connections"),
            xero_api: format!("{base}/xero/api.xro/2.0"),
            ninjaone_api: format!("{base}/ninja"),
            control: format!("{base}/_control"),
        }
    }
}

/// The vendors, about to be served.
pub struct Sandbox;

impl Sandbox {
    /// Makes the world and serves it until [`Running::shutdown`].
    pub async fn start(mut options: Options) -> anyhow::Result<Running> {
        let listener = TcpListener::bind(options.addr)
            .await
            .with_context(|| format!("cannot listen on {}", options.addr))?;
        let addr = listener.local_addr()?;
        let (journal, entries) = open_journal(&mut options)?;
        let clock = if options.ticking {
            SimClock::ticking(options.now)
        } else {
            SimClock::new(options.now)
        };
        let is_ticking = options.ticking;
        // A large world takes seconds of pure work.
        let (control, doors) =
            tokio::task::spawn_blocking(move || assemble(&options, clock, journal)).await??;
        go_on(&control, &doors, entries, is_ticking).await?;
        let (stop, mut stopped) = watch::channel(false);
        let living =
            is_ticking.then(|| tokio::spawn(live_along(control.clone(), stop.subscribe())));
        let router = doors.under_watch(&control);
        let service = router.into_make_service_with_connect_info::<Peer>();
        let server =
            axum::serve(CuttableListener(listener), service).with_graceful_shutdown(async move {
                // An error means the sender is gone, which is a wish to stop as well.
                let _ = stopped.wait_for(|stop| *stop).await;
            });
        let task = tokio::spawn(async move { server.await });
        Ok(Running {
            addr,
            urls: Urls::at(addr),
            control,
            stop,
            task,
            living,
        })
    }
}

/// Opens the journal where one is wanted; the world begins when that was begun.
fn open_journal(options: &mut Options) -> anyhow::Result<(Option<Journal>, Vec<Entry>)> {
    let Some(path) = &options.journal else {
        return Ok((None, Vec::new()));
    };
    let new = Begun {
        seed: options.seed,
        size: options.size,
        now: options.now,
    };
    let (journal, begun, entries) = Journal::open(path, new)?;
    options.now = begun.now;
    Ok((Some(journal), entries))
}

/// Brings a new world to where its journal left it.
async fn go_on(
    control: &Control,
    doors: &Doors,
    entries: Vec<Entry>,
    is_ticking: bool,
) -> anyhow::Result<()> {
    let last = entries.last().map(|entry| entry.at);
    journal::replay(control, |vendor| doors.of(vendor).clone(), entries)
        .await
        .context("the sandbox's journal cannot be done again; begin in another folder")?;
    if let Some(last) = last.filter(|_| is_ticking) {
        // Somebody may have read a time after the last one noted, and time never runs back.
        control.clock().catch_up(last + 2 * TICK);
    }
    Ok(())
}

/// How often a ticking sandbox looks whether a new day has begun, and notes how late it is.
const TICK: Duration = Duration::from_mins(1);

/// Lets the days happen that real time has brought, until the sandbox stops.
async fn live_along(control: Control, mut stopped: watch::Receiver<bool>) {
    loop {
        let stop = stopped.wait_for(|stop| *stop);
        if tokio::time::timeout(TICK, stop).await.is_ok() {
            return;
        }
        if let Err(error) = control.advance(TimeDelta::zero()).await {
            tracing::error!("the sandbox's world stands still: {error:#}");
        }
    }
}

/// Each vendor's routes, bare, and the largest page that they give.
struct Doors {
    pax8: Router,
    xero: Router,
    ninjaone: Router,
    largest_page: Option<usize>,
}

impl Doors {
    fn of(&self, vendor: Vendor) -> &Router {
        match vendor {
            Vendor::Pax8 => &self.pax8,
            Vendor::Xero => &self.xero,
            Vendor::Ninjaone => &self.ninjaone,
        }
    }

    /// All routes, with what spoils requests outside and what keeps them inside.
    fn under_watch(&self, control: &Control) -> Router {
        let door = |vendor| {
            let mut door = self.of(vendor).clone();
            if let Some(journal) = &control.journal {
                let watch = Watch {
                    vendor,
                    journal: journal.clone(),
                    clock: control.clock.clone(),
                };
                door = door.layer(axum::middleware::from_fn_with_state(watch, journal::watch));
            }
            let play = Play {
                vendor,
                largest_page: self.largest_page,
                faults: control.faults.clone(),
            };
            door.layer(axum::middleware::from_fn_with_state(play, faults::play))
        };
        Router::new()
            .nest("/pax8", door(Vendor::Pax8))
            .nest("/xero", door(Vendor::Xero))
            .nest("/ninja", door(Vendor::Ninjaone))
            .nest("/_control", control::router(control))
    }
}

/// The world, the handle that moves it, and the vendors over it.
fn assemble(
    options: &Options,
    clock: SimClock,
    journal: Option<Journal>,
) -> anyhow::Result<(Control, Doors)> {
    let seed = options.seed;
    let (world, ledger) = World::new(seed, options.size, clock.today())?;
    let tenant = ledger.tenant_id();
    let world = Arc::new(RwLock::new(world));
    let credentials = credentials(seed, tenant.to_string());
    let settings = xero::Settings {
        client_id: credentials.xero_client_id.clone(),
        client_secret: credentials.xero_client_secret.clone(),
        webhook_key: credentials.xero_webhook_key.clone(),
        seed,
        limits: options.xero_limits.then(xero::Limits::default),
    };
    let xero = Xero::new(settings, clock.clone(), vec![ledger]);
    let pax8_client = pax8::Credentials {
        client_id: credentials.pax8_client_id.clone(),
        client_secret: credentials.pax8_client_secret.clone(),
    };
    let pax8 = Pax8::new(
        Arc::clone(&world),
        clock.clone(),
        pax8_client,
        options.pax8_per_minute,
    );
    let ninja_client = pax8::Credentials {
        client_id: credentials.ninjaone_client_id.clone(),
        client_secret: credentials.ninjaone_client_secret.clone(),
    };
    let ninja = Ninja::new(Arc::clone(&world), clock.clone(), ninja_client);
    let doors = Doors {
        pax8: pax8::router(&pax8),
        xero: xero::router(xero.clone()),
        ninjaone: ninjaone::router(&ninja),
        largest_page: options.largest_page,
    };
    let control = Control {
        token: Arc::from(options.control_token.as_str()),
        clock,
        faults: Faults::default(),
        world,
        xero,
        pax8,
        credentials: Arc::new(credentials),
        journal,
        step: Arc::default(),
    };
    Ok((control, doors))
}

/// Made up from the seed: they open nothing but this sandbox.
fn credentials(seed: u64, xero_tenant_id: String) -> Credentials {
    let made = |what: &str| uuid(seed, what, 0).simple().to_string();
    Credentials {
        pax8_client_id: made("pax8 client"),
        pax8_client_secret: made("pax8 secret"),
        xero_client_id: made("xero client").to_uppercase(),
        xero_client_secret: made("xero secret"),
        xero_webhook_key: made("xero webhook key"),
        xero_tenant_id,
        ninjaone_client_id: made("ninja client"),
        ninjaone_client_secret: made("ninja secret"),
    }
}

/// What webhooks are sent with. It speaks plain HTTP to whoever registered.
pub(crate) fn client() -> anyhow::Result<reqwest::Client> {
    // Somebody else may have chosen a provider already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .build()?)
}

/// A sandbox that answers.
pub struct Running {
    pub addr: SocketAddr,
    pub urls: Urls,
    /// Time, faults, setup and answers, without HTTP.
    pub control: Control,
    stop: watch::Sender<bool>,
    task: JoinHandle<std::io::Result<()>>,
    living: Option<JoinHandle<()>>,
}

impl Running {
    /// Stops listening, lets answers under way finish, and returns.
    pub async fn shutdown(self) -> anyhow::Result<()> {
        self.stop.send_replace(true);
        self.task.await??;
        if let Some(living) = self.living {
            living.await?;
        }
        Ok(())
    }
}
