//! The vendors as stateful servers over one simulated world of a managed service provider.
//!
//! Pax8, Xero and NinjaOne answer over HTTP as their own documents say, with the leaks of real
//! life in their data and an answer sheet that was written as the leaks were put in. It knows
//! nothing of the product and refuses to: the answers must not come from the code they judge.

pub mod clock;
pub mod faults;
pub mod net;
pub mod pax8;
pub mod xero;

use std::net::SocketAddr;

use anyhow::Context as _;
use axum::Router;
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::SimClock;
use crate::faults::{Faults, Play, Vendor};
use crate::net::{CuttableListener, Peer};

/// How large the simulated world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub clients: u32,
    /// Monthly invoices of history.
    pub months: u32,
    /// Further one-off invoices, to reach a number of invoices for measuring.
    pub extra_invoices: u32,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            clients: 60,
            months: 18,
            extra_invoices: 0,
        }
    }
}

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
}

impl Options {
    /// Seed 1, default size, 2026-11-12T09:00:00Z, a free loopback port.
    pub fn new(control_token: impl Into<String>) -> Self {
        Self {
            seed: 1,
            size: Size::default(),
            now: DateTime::from_timestamp(1794_474_000, 0).unwrap_or_default(),
            ticking: false,
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            control_token: control_token.into(),
            pax8_per_minute: None,
            xero_limits: true,
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
    pub async fn start(options: Options) -> anyhow::Result<Running> {
        let listener = TcpListener::bind(options.addr)
            .await
            .with_context(|| format!("cannot listen on {}", options.addr))?;
        let addr = listener.local_addr()?;
        let clock = if options.ticking {
            SimClock::ticking(options.now)
        } else {
            SimClock::new(options.now)
        };
        let faults = Faults::default();
        let router = router(&faults);
        let (stop, mut stopped) = watch::channel(false);
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
            clock,
            faults,
            stop,
            task,
        })
    }
}

fn router(faults: &Faults) -> Router {
    let play = |vendor| {
        let state = Play {
            vendor,
            faults: faults.clone(),
        };
        axum::middleware::from_fn_with_state(state, faults::play)
    };
    Router::new()
        .nest("/pax8", Router::new().layer(play(Vendor::Pax8)))
        .nest("/xero", Router::new().layer(play(Vendor::Xero)))
        .nest("/ninja", Router::new().layer(play(Vendor::Ninjaone)))
}

/// A sandbox that answers.
pub struct Running {
    pub addr: SocketAddr,
    pub urls: Urls,
    pub clock: SimClock,
    pub faults: Faults,
    stop: watch::Sender<bool>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Stops listening, lets answers under way finish, and returns.
    pub async fn shutdown(self) -> anyhow::Result<()> {
        self.stop.send_replace(true);
        self.task.await??;
        Ok(())
    }
}
