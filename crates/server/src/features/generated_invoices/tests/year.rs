//! A year of invoicing: made, approved, posted, paid, month after month, and everything still adds
//! up. Three months in the short form.

mod statements;

use std::collections::BTreeMap;

use billing::{
    Currency, Id,
    explanation::Explanation,
    mrr::{self, ByClient},
};
use chrono::{Datelike as _, Months, NaiveDate};
use reqwest::Method;
use serde_json::{Value, json};

use super::detail;
use crate::{
    db::{Engine, JobId, sql},
    features::reconciliation::tests::{Rows, answers, found},
    testing::{TestApp, on_both_engines},
};

on_both_engines!(world => a_year_adds_up, what_findings_add_is_explained);

const START: &str = "2026-11-12";

fn is_long() -> bool {
    std::env::var_os("BILLINGONE_PROVE").is_some()
}

async fn world(engine: Engine) -> TestApp {
    let mut options = sandbox::Options::new("");
    if !is_long() {
        options.size.clients = 40;
        options.size.months = 6;
    }
    let app = TestApp::with_sandbox(engine, options).await;
    app.sync_vendors().await;
    app.load_setup().await;
    app.run_jobs().await;
    app
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

async fn post(app: &TestApp, path: &str, body: Value) -> Value {
    let (status, answer) = app.post(path, &body).await;
    assert!(status < 300, "{path}: {status} {answer}");
    answer
}

/// Lets days pass until `until`, and reads all sources then.
async fn pass(app: &mut TestApp, now: &mut NaiveDate, until: NaiveDate) {
    let days = (until - *now).num_days();
    app.control(Method::POST, "advance", &json!({ "days": days }))
        .await;
    *now = until;
    app.sign_in_again().await;
    post(app, "/api/v1/sync", json!({})).await;
    work_off(app).await;
}

/// Runs all jobs, those that the ledger's limit puts off among them: a minute passes for them.
async fn work_off(app: &TestApp) {
    loop {
        app.run_jobs().await;
        let mut tx = app.app.db.write_global().await.unwrap();
        let waiting: Vec<JobId> = sql("update job set run_at = 0 where org_id = $1 \
             and state = 'queued' returning id")
        .bind(app.org)
        .values(&mut tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        if waiting.is_empty() {
            return;
        }
        app.control(Method::POST, "advance", &json!({ "seconds": 60 }))
            .await;
    }
}

async fn a_year_adds_up(mut app: TestApp) {
    let months = if is_long() { 12 } else { 3 };
    let mut now = day(START);
    let mut worth = mrr_by_client(&app).await;
    let mut posted = Vec::new();
    for _ in 0..months {
        let first = first_of_next_month(now);
        // Counts of the last day and of the first are both asked for.
        pass(&mut app, &mut now, first.pred_opt().unwrap()).await;
        pass(&mut app, &mut now, first).await;
        posted.extend(invoice_everything(&app, first).await);
        worth = mrr_moves(&app, worth).await;
        pass(
            &mut app,
            &mut now,
            first
                .checked_add_months(Months::new(1))
                .unwrap()
                .pred_opt()
                .unwrap()
                .with_day(16)
                .unwrap(),
        )
        .await;
        nothing_is_skipped(&app).await;
    }
    findings_equal_the_answer_sheet(&app).await;
    the_ledger_agrees(&app, &posted).await;
    statements::chain(&app, now).await;
}

/// Past periods billed back, too much given back, charges of the distributor passed on.
async fn what_findings_add_is_explained(app: TestApp) {
    post(&app, "/api/v1/reconcile", json!({})).await;
    work_off(&app).await;
    let (_, ready) = app.get("/api/v1/findings?tab=ready&limit=200").await;
    let mut applied = 0;
    for finding in ready["items"].as_array().unwrap() {
        let path = format!("/api/v1/findings/{}", finding["id"].as_str().unwrap());
        let (_, finding) = app.get(&path).await;
        let options = finding["options"].as_array().unwrap();
        if options
            .iter()
            .any(|option| option["when"] == "bill_back" && option["now_minor"] != 0)
        {
            let how = json!({ "version": finding["version"], "when": "bill_back" });
            post(&app, &format!("{path}/apply"), how).await;
            applied += 1;
        }
    }
    assert!(applied > 5, "{applied} findings were applied");
    let (mut found, mut given_back) = (0, 0);
    for draft in make(&app, first_of_next_month(day(START))).await {
        let counted = draft["lines"].as_array().unwrap().iter();
        if counted
            .clone()
            .any(|line| !line["count_missing_on"].is_null())
        {
            continue;
        }
        is_explained(&draft);
        for line in counted.filter(|line| line["charge_kind"] == "bill_back") {
            found += 1;
            given_back += i32::from(line["net_minor"].as_i64().unwrap() < 0);
        }
    }
    assert!(
        found > 5 && given_back > 0,
        "{found} lines, {given_back} of them given back"
    );
}

fn first_of_next_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1)
        .unwrap()
        .checked_add_months(Months::new(1))
        .unwrap()
}

/// Makes, approves and posts all that can be charged by `day`; the ids.
async fn invoice_everything(app: &TestApp, day: NaiveDate) -> Vec<String> {
    let mut drafts = make(app, day).await;
    let mut again = false;
    for draft in &drafts {
        again |= waive_uncounted(app, draft).await;
    }
    if again {
        drafts.extend(make(app, day).await);
    }
    let mut seen = Vec::new();
    let mut posted = Vec::new();
    for draft in drafts {
        let id = draft["id"].as_str().unwrap();
        let draft = detail(app, id).await;
        if draft["status"] == "rejected" {
            continue;
        }
        let stops = &draft["stops"];
        assert_eq!(*stops, json!([]), "{}", draft["client_name"]);
        is_explained(&draft);
        let mut body = json!({ "version": draft["version"] });
        if draft["holds"] != json!([]) {
            body["release"] = json!("Looked at");
        }
        let path = format!("/api/v1/generated-invoices/{id}/approve");
        let approved = post(app, &path, body).await;
        seen.push(json!({ "id": id, "version": approved["version"] }));
        posted.push(id.to_owned());
    }
    let drafts = json!({ "drafts": seen });
    post(app, "/api/v1/generated-invoices/post", drafts).await;
    work_off(app).await;
    posted
}

async fn make(app: &TestApp, day: NaiveDate) -> Vec<Value> {
    let asked = json!({ "as_of": day });
    let made = post(app, "/api/v1/generated-invoices", asked).await;
    assert_eq!(made["problems"], json!([]), "{made}");
    let mut drafts = Vec::new();
    for id in made["ids"].as_array().unwrap() {
        drafts.push(detail(app, id.as_str().unwrap()).await);
    }
    drafts
}

/// Periods of before we came, in which nobody counted, are waived as the stop advises.
async fn waive_uncounted(app: &TestApp, draft: &Value) -> bool {
    let lines = draft["lines"].as_array().unwrap().iter();
    let uncounted: Vec<_> = lines
        .filter(|line| !line["count_missing_on"].is_null())
        .collect();
    if uncounted.is_empty() {
        return false;
    }
    let path = format!(
        "/api/v1/generated-invoices/{}/reject",
        draft["id"].as_str().unwrap()
    );
    let body = json!({ "version": draft["version"], "reason": "Nobody counted then" });
    post(app, &path, body).await;
    for line in uncounted {
        assert!(line["starts_on"].as_str().unwrap() < START, "{line}");
        let waiver = json!({
            "line": line["contract_line_id"], "starts_on": line["starts_on"],
            "reason": "Nobody counted then",
        });
        post(app, "/api/v1/coverage/waivers", waiver).await;
    }
    true
}

/// Every line is worked out again from what is stored beside it, and nothing else.
fn is_explained(draft: &Value) {
    let lines = draft["lines"].as_array().unwrap();
    assert!(!lines.is_empty(), "{draft}");
    for line in lines {
        // What a finding put there keeps the finding beside its reason.
        let stored = &line["explanation"];
        let own = stored.get("explanation").unwrap_or(stored);
        let explanation: Explanation =
            serde_json::from_value(own.clone()).unwrap_or_else(|error| panic!("{error}: {line}"));
        let net = explanation.recompute().unwrap();
        assert_eq!(json!(net.minor), line["net_minor"], "{line}");
        assert_eq!(json!(net.currency.code()), draft["currency"]);
    }
}

/// MRR by client; the sum of all is what Home says.
async fn mrr_by_client(app: &TestApp) -> ByClient {
    let (status, page) = app.get("/api/v1/clients?limit=200").await;
    assert_eq!(status, 200, "{page}");
    let mut worth = ByClient::new();
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for (id, client) in (1..).zip(page["items"].as_array().unwrap()) {
        let currency = client["currency"].as_str().unwrap();
        if let Some(minor) = client["mrr_minor"].as_i64().filter(|minor| *minor != 0) {
            let currency: Currency = currency.parse().unwrap();
            worth.insert((Id(id), currency), minor);
        }
        *sums.entry(currency.to_owned()).or_default() += client["mrr_minor"].as_i64().unwrap_or(0);
    }
    let (_, home) = app.get("/api/v1/home").await;
    for amount in home["mrr"]["now"].as_array().unwrap() {
        let own = sums.get(amount["currency"].as_str().unwrap());
        assert_eq!(own, amount["minor"].as_i64().as_ref(), "{home}");
    }
    worth
}

/// New, expansion, contraction and churn come to the change, in every currency.
async fn mrr_moves(app: &TestApp, before: ByClient) -> ByClient {
    let after = mrr_by_client(app).await;
    let sum = |worth: &ByClient, currency: Currency| -> i64 {
        let own = worth.iter().filter(|((_, of), _)| *of == currency);
        own.map(|(_, minor)| minor).sum()
    };
    for moved in mrr::movement(&before, &after).unwrap() {
        let currency = moved.before.currency;
        let parts = moved.new.minor + moved.expansion.minor
            - moved.contraction.minor.abs()
            - moved.churn.minor.abs();
        assert_eq!(
            parts,
            sum(&after, currency) - sum(&before, currency),
            "{moved:?}"
        );
    }
    after
}

async fn nothing_is_skipped(app: &TestApp) {
    let (_, found) = app
        .get("/api/v1/findings?kind=skipped_period&limit=200")
        .await;
    let open = found["items"].as_array().unwrap().iter();
    let ours: Vec<_> = open.filter(|finding| finding["state"] == "open").collect();
    // What was skipped before we came is still skipped; nothing joins it.
    let since = |finding: &&&Value| finding["first_seen_on"].as_str().unwrap() > START;
    assert_eq!(ours.iter().filter(since).count(), 0, "{ours:#?}");
}

/// All but what the year itself has mended or let pass: skipped periods are invoiced by now, and a
/// price that was wrong on one bill is told while its period runs.
async fn findings_equal_the_answer_sheet(app: &TestApp) {
    let lasting = |rows: Rows| -> Rows {
        let passing = ["skipped_period", "vendor_overcharge"];
        rows.into_iter()
            .filter(|(kind, ..)| !passing.contains(&kind.as_str()))
            .collect()
    };
    let (found, wanted) = (lasting(found(app).await), lasting(answers(app)));
    let missing: Vec<_> = wanted.difference(&found).collect();
    let surplus: Vec<_> = found.difference(&wanted).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "missing {missing:#?}\nsurplus {surplus:#?}"
    );
    assert!(!found.is_empty());
}

/// To the cent, each once.
async fn the_ledger_agrees(app: &TestApp, posted: &[String]) {
    let ledger = app.control(Method::GET, "ledger", &json!({})).await;
    let rows = ledger.as_array().unwrap();
    assert!(!posted.is_empty());
    for id in posted {
        let ours = detail(app, id).await;
        let theirs: Vec<_> = rows
            .iter()
            .filter(|row| row["number"] == ours["number"])
            .collect();
        assert_eq!(theirs.len(), 1, "{ours}");
        assert_eq!(theirs[0]["total_minor"], ours["total_minor"], "{ours}");
        assert_eq!(theirs[0]["created"], 1);
        let status = ours["status"].as_str().unwrap();
        assert!(
            ["posted", "part_paid", "paid"].contains(&status),
            "{status}"
        );
    }
}
