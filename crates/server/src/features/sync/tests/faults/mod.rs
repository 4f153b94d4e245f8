//! Every fault that the sandbox can play, on every vendor and every list, at its first, middle and
//! last page, once and for ever: the end is as if it had not been, or the run and the connection
//! say in words what is wrong and what to do.
//!
//! One small world with short pages serves the whole table. The long form goes through all lists
//! with faults that last; otherwise each kind takes the next list.

mod cells;

use std::collections::{BTreeMap, BTreeSet};

use sandbox::faults::{Fault, FaultKind, Vendor};
use serde_json::{Value, json};

use cells::{LISTS, Lasting, lasting, lists, ms, plays};

use super::{
    bad_days::{connection, content, until_settled},
    whole::runs,
};
use crate::{
    db::{Engine, sql},
    testing::{TestApp, on_both_engines},
};

on_both_engines!(short_pages => every_fault_ends_well);

async fn short_pages(engine: Engine) -> TestApp {
    let mut options = sandbox::Options::new("");
    options.size.clients = 40;
    options.size.months = 3;
    options.largest_page = Some(25);
    // The long form makes more calls than Xero allows in a day. Neither side minds here; that both
    // count has tests of its own.
    options.xero_limits = false;
    TestApp::with_sandbox(engine, options).await
}

type Content = BTreeMap<&'static str, String>;

struct Table {
    app: TestApp,
    /// What is there after a day without faults.
    wanted: Content,
    /// How many requests each list takes.
    requests: BTreeMap<(Vendor, &'static str), u32>,
    /// The cells that were played, once and lasting.
    once: BTreeSet<(FaultKind, Vendor, &'static str)>,
    lasted: BTreeSet<(FaultKind, Vendor)>,
}

async fn every_fault_ends_well(app: TestApp) {
    let mut table = Table::begin(app).await;
    let all = std::env::var_os("BILLINGONE_PROVE").is_some();
    for (place, kind) in FaultKind::ALL.into_iter().enumerate() {
        table.play_once(kind).await;
        let lists = if all { 0..9 } else { place..place + 1 };
        for list in lists {
            table.play_lasting(kind, list).await;
        }
    }
    table.is_complete();
}

const MANY: u32 = 1_000_000; // late answers that are not late count the requests

impl Table {
    /// A first read without faults, in which the requests of each list are counted.
    async fn begin(app: TestApp) -> Self {
        app.sync_vendors().await;
        let wanted = known(&app).await;
        let mut table = Self {
            app,
            wanted,
            requests: BTreeMap::new(),
            once: BTreeSet::new(),
            lasted: BTreeSet::new(),
        };
        table.forget_some().await;
        table.renew_xero(1);
        for (vendor, path) in lists() {
            table.push(vendor, path, FaultKind::Slow, 0, MANY, 0);
        }
        table.sync().await;
        for fault in table.faults().waiting() {
            let list =
                lists().find(|(vendor, path)| *vendor == fault.vendor && *path == fault.path);
            let made = MANY - fault.times;
            assert!(
                made > 0,
                "nobody asks {:?} for {}",
                fault.vendor,
                fault.path
            );
            table.requests.insert(list.unwrap(), made);
        }
        table.faults().clear();
        table.is_as_wanted("after counting").await;
        table
    }

    fn faults(&self) -> &sandbox::faults::Faults {
        self.app.sandbox.as_ref().unwrap().control.faults()
    }

    fn push(&self, vendor: Vendor, path: &str, kind: FaultKind, after: u32, times: u32, ms: u64) {
        self.faults().push(Fault {
            after,
            times,
            ms,
            ..Fault::once(vendor, path, kind)
        });
    }

    /// Xero's tokens last half an hour, and the clock stands: one answer says they do not, or every
    /// answer until they are renewed.
    fn renew_xero(&self, times: u32) {
        let kind = FaultKind::ExpiredToken;
        self.push(Vendor::Xero, "/Organisation", kind, 0, times, 0);
    }

    /// Records and tokens that the next run has to ask for anew, and the calls made so far.
    async fn forget_some(&self) {
        let org = self.app.org;
        let mut tx = self.app.app.db.write(org).await.unwrap();
        for statement in [
            "delete from vendor_bill where org_id = $1",
            "delete from device where org_id = $1",
            "delete from vendor_company where org_id = $1",
            "delete from invoice where org_id = $1",
            "delete from payment where org_id = $1",
            "delete from subscription where org_id = $1 and external_id in \
               (select s.external_id from subscription s where s.org_id = $1 \
                order by s.external_id limit 30)",
            "update connection set sealed_tokens = null where org_id = $1 and vendor <> 'xero'",
        ] {
            sql(statement).bind(org).run(&mut tx).await.unwrap();
        }
        sql("delete from vendor_call").run(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn sync(&self) {
        let started = self
            .app
            .post("/api/v1/sync", &json!({ "mode": "full" }))
            .await;
        assert_eq!(started.0, 202, "{}", started.1);
        until_settled(&self.app).await;
    }

    /// The fault once at the first, the middle and the last page of every list, all in one run.
    async fn play_once(&mut self, kind: FaultKind) {
        self.forget_some().await;
        if kind != FaultKind::ExpiredToken {
            self.renew_xero(1);
        }
        let cells = lists().filter(|(_, path)| plays(kind, path));
        for (number, (vendor, path)) in cells.enumerate() {
            let pages = self.requests[&(vendor, path)];
            let rotated = [0, pages / 2, pages - 1][number % 3];
            let places = match lasting(kind) {
                // A limit costs minutes of waiting each time: one place of each list.
                Lasting::Waits => vec![rotated],
                // A token that is refused twice in a row is refused for good.
                _ if kind == FaultKind::ExpiredToken => vec![rotated],
                // Spoiled requests are made again, and so the last page comes two later.
                Lasting::Attention => vec![0, pages / 2, pages + 1],
                // Several lists under one path: a second fault would meet the second reading.
                Lasting::Moves if matches!(path, "/items" | "/draftItems") => {
                    vec![if kind == FaultKind::ShiftedPage {
                        pages - 1
                    } else {
                        0
                    }]
                }
                // The first page of a short list is its last.
                _ => Vec::from_iter(BTreeSet::from([0, pages / 2, pages - 1])),
            };
            for after in places {
                self.push(vendor, path, kind, after, 1, ms(kind));
            }
            self.once.insert((kind, vendor, path));
        }
        self.sync().await;
        let unplayed = self.faults().waiting();
        assert!(unplayed.is_empty(), "{kind:?}: nobody met {unplayed:?}");
        if lasting(kind) == Lasting::AsItCame {
            self.sync().await;
        }
        self.is_as_wanted(&format!("{kind:?} once")).await;
    }

    /// The fault on one list of every vendor from some page on, for as long as it takes; then the
    /// vendor is well again.
    async fn play_lasting(&mut self, kind: FaultKind, list: usize) {
        self.forget_some().await;
        let mut chosen = Vec::new();
        for (vendor, paths) in LISTS {
            let fitting: Vec<&'static str> = paths
                .iter()
                .copied()
                .filter(|path| plays(kind, path))
                .collect();
            let path = fitting[list % fitting.len()];
            // A token is asked for once, or not at all any more.
            let pages = self.requests[&(vendor, path)];
            let after = if path.ends_with("/token") {
                0
            } else {
                pages / 2
            };
            self.push(vendor, path, kind, after, u32::MAX, ms(kind));
            if vendor == Vendor::Xero {
                let is_token_lost = path.ends_with("/token") && lasting(kind) == Lasting::Attention;
                self.renew_xero(if is_token_lost { u32::MAX } else { 1 });
            }
            chosen.push((vendor, path));
            self.lasted.insert((kind, vendor));
        }
        self.app
            .post("/api/v1/sync", &json!({ "mode": "full" }))
            .await;
        if lasting(kind) == Lasting::Waits {
            self.app.run_jobs().await;
        } else {
            until_settled(&self.app).await;
        }
        for (vendor, path) in chosen {
            self.says_so(kind, vendor, path).await;
        }
        self.faults().clear();
        if lasting(kind) == Lasting::Waits {
            until_settled(&self.app).await;
        }
        if needs_consent(&connection(&self.app, "xero").await) {
            self.app.connect_xero().await;
        }
        self.sync().await;
        self.is_as_wanted(&format!("{kind:?} lasting, then well"))
            .await;
    }

    /// While the fault lasts, run and connection tell of it.
    async fn says_so(&self, kind: FaultKind, vendor: Vendor, path: &str) {
        let vendor = json!(vendor);
        let name = vendor.as_str().unwrap();
        let run = runs(&self.app).await;
        let run = run.iter().find(|run| run["vendor"] == vendor).unwrap();
        let connection = connection(&self.app, name).await;
        let context = format!("{kind:?} at {path} of {name}: {run} {connection}");
        let words = |of: &Value| of["problem"].as_str().unwrap_or_default().to_owned();
        match lasting(kind) {
            Lasting::Same | Lasting::AsItCame => {
                assert_eq!(run["state"], "done", "{context}");
                assert_eq!(connection["state"], "connected", "{context}");
            }
            Lasting::Moves => {
                assert_eq!(run["state"], "done", "{context}");
                let id = run["id"].as_str().unwrap();
                let (_, detail) = self.app.get(&format!("/api/v1/sync-runs/{id}")).await;
                assert!(detail["broken"].to_string().contains("moved"), "{detail}");
            }
            Lasting::Waits => {
                assert_eq!(run["state"], "running", "{context}");
                assert!(words(run).contains("continue at"), "{context}");
            }
            Lasting::Attention => {
                assert_eq!(run["state"], "failed", "{context}");
                assert_eq!(connection["state"], "needs_attention", "{context}");
                let said = words(&connection);
                let (_, page) = self.app.page("/settings/integrations").await;
                assert!(said.len() > 30 && page.contains(&said[..20]), "{context}");
            }
        }
    }

    async fn is_as_wanted(&self, when: &str) {
        let rows = runs(&self.app).await;
        for vendor in ["pax8", "xero", "ninjaone"] {
            let run = rows.iter().find(|run| run["vendor"] == vendor).unwrap();
            assert_eq!(run["state"], "done", "{when}: {run}");
            let connection = connection(&self.app, vendor).await;
            assert_eq!(connection["state"], "connected", "{when}: {connection}");
        }
        assert_eq!(known(&self.app).await, self.wanted, "{when}");
    }

    /// Every kind on every vendor, for a while on each of its lists.
    fn is_complete(&self) {
        for kind in FaultKind::ALL {
            for vendor in Vendor::ALL {
                assert!(self.lasted.contains(&(kind, vendor)), "{kind:?} {vendor:?}");
            }
            for (vendor, path) in lists().filter(|(_, path)| plays(kind, path)) {
                let cell = (kind, vendor, path);
                assert!(self.once.contains(&cell), "{cell:?} is missing");
            }
        }
    }
}

fn needs_consent(connection: &Value) -> bool {
    let problem = connection["problem"].as_str();
    problem.is_some_and(|problem| problem.contains("connect Xero again"))
}

/// The clock moves while waiting, and with it when devices were last heard of; not the counts.
async fn known(app: &TestApp) -> Content {
    let mut content = content(app).await;
    content.remove("snapshot_count");
    content
}
