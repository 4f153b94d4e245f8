//! The distributor's bills, through the door.

use serde_json::{Value, json};

use crate::{
    db::{Engine, VendorBillId, sql},
    http::Role,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(world =>
    bills_say_what_passes_them_on_and_a_person_picks_a_replacement,
);

async fn world(engine: Engine) -> TestApp {
    let mut options = sandbox::Options::new("");
    options.size.clients = 12;
    options.size.months = 6;
    let app = TestApp::with_sandbox(engine, options).await;
    app.sync_vendors().await;
    app.load_setup().await;
    reconcile(&app).await;
    app
}

async fn reconcile(app: &TestApp) {
    app.post("/api/v1/reconcile", &json!({})).await;
    app.run_jobs().await;
}

async fn bills(app: &TestApp, query: &str) -> Vec<Value> {
    let (status, page) = app.get(&format!("/api/v1/vendor-bills?{query}")).await;
    assert_eq!(status, 200, "{page}");
    page["items"].as_array().unwrap().clone()
}

async fn bill(app: &TestApp, id: &str) -> Value {
    let (status, bill) = app.get(&format!("/api/v1/vendor-bills/{id}")).await;
    assert_eq!(status, 200, "{bill}");
    bill
}

fn id(bill: &Value) -> String {
    bill["id"].as_str().unwrap().to_owned()
}

/// How many findings say that the distributor's bill is wrong.
async fn overcharges(app: &TestApp) -> usize {
    let (_, page) = app
        .get("/api/v1/findings?kind=vendor_overcharge&limit=200")
        .await;
    page["items"].as_array().unwrap().len()
}

/// The same bill once more, under another number: now two could replace the credited one.
async fn twin(app: &TestApp, of: &str) -> String {
    let of: VendorBillId = of.parse().unwrap();
    let twin: VendorBillId = app.app.new_id();
    let mut tx = app.app.db.write(app.org).await.unwrap();
    for copy in [
        sql(
            "insert into vendor_bill (org_id, id, connection_id, external_id, number, billed_on, \
             status, kind, currency, total_minor, balance_minor, content_hash, seen_run) \
             select org_id, $3, connection_id, 'twin', 'TWIN', billed_on, status, kind, currency, \
             total_minor, 1250, content_hash, seen_run from vendor_bill \
             where org_id = $1 and id = $2",
        ),
        sql(
            "insert into vendor_bill_line (org_id, bill_id, line_no, external_id, type, term, \
             company_external_id, product_external_id, subscription_external_id, product_name, \
             description, starts_on, ends_on, quantity, unit_price, unit_cost, \
             price_total_minor, cost_total_minor, currency) \
             select org_id, $3, line_no, external_id, type, term, company_external_id, \
             product_external_id, subscription_external_id, product_name, description, starts_on, \
             ends_on, quantity, unit_price, unit_cost, price_total_minor, cost_total_minor, \
             currency from vendor_bill_line where org_id = $1 and bill_id = $2",
        ),
        // What settles is no cost.
        sql(
            "insert into vendor_bill_line (org_id, bill_id, line_no, external_id, type, term, \
             product_name, description, quantity, unit_price, unit_cost, price_total_minor, \
             cost_total_minor, currency) \
             select org_id, $3, 9999, 'credit', 'invoice-credit', '', 'Credit', '', 1000000, 0, 0, \
             0, -1250, currency from vendor_bill where org_id = $1 and id = $2",
        ),
    ] {
        copy.bind(app.org)
            .bind(of)
            .bind(twin)
            .run(&mut tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    twin.to_string()
}

async fn bills_say_what_passes_them_on_and_a_person_picks_a_replacement(app: TestApp) {
    what_passes_lines_on(&app).await;
    let credited = bills(&app, "state=credited").await;
    let [credited] = credited.as_slice() else {
        panic!("{credited:?}")
    };
    let (credited_id, replacement) = (id(credited), credited["replaced_by"]["id"].clone());
    assert_eq!(credited["is_picked"], false, "the only one that fits");
    let replacing = bill(&app, replacement.as_str().unwrap()).await;
    assert_eq!(replacing["replaces"][0]["id"], credited["id"]);
    assert!(credited["cost_minor"].as_i64() > replacing["cost_minor"].as_i64());
    let before = overcharges(&app).await;

    let twin = twin(&app, replacement.as_str().unwrap()).await;
    reconcile(&app).await;
    assert_eq!(
        overcharges(&app).await,
        before,
        "in correction, nothing is raised"
    );
    let open = bill(&app, &credited_id).await;
    assert_eq!(open["state"], "in_correction");
    let fitting = open["options"].as_array().unwrap().iter();
    assert_eq!(fitting.filter(|option| option["fits"] == true).count(), 2);
    let twins = bill(&app, &twin).await;
    assert_eq!(twins["state"], "contested");
    assert_eq!(twins["cost_minor"], replacing["cost_minor"]);
    assert_eq!(twins["settled_minor"], -1250);
    let place = format!("/vendor-bills/{credited_id}");
    let (_, page) = app.page(&place).await;
    assert!(page.contains("Which bill takes its place?"), "{page}");

    let path = format!("/api/v1/vendor-bills/{credited_id}/replacement");
    for (body, status) in [
        (json!({ "replacement": credited_id }), 422),
        (json!({ "replacement": replacement }), 200),
        (json!({ "replacement": replacement }), 200),
        (json!({ "replacement": twin }), 409),
        (json!({ "replacement": null, "seen": twin }), 409),
    ] {
        let (answered, said) = app.post(&path, &body).await;
        assert_eq!(answered, status, "{body}: {said}");
    }
    let (status, _) = app
        .post(
            &format!("/api/v1/vendor-bills/{twin}/replacement"),
            &json!({ "replacement": replacement }),
        )
        .await;
    assert_eq!(status, 409, "it is not credited");
    app.run_jobs().await;
    assert!(
        overcharges(&app).await > before,
        "the other one is a duplicate"
    );
    let picked = bill(&app, &credited_id).await;
    assert_eq!(
        (&picked["state"], &picked["is_picked"]),
        (&json!("credited"), &json!(true))
    );
    assert_eq!(picked["picks"].as_array().unwrap().len(), 1);
    let (_, page) = app.page(&place).await;
    assert!(page.contains("as picked"), "{page}");

    let undo = format!(
        "{place}/replacement/undo?seen={}",
        replacement.as_str().unwrap()
    );
    assert_eq!(app.submit(&undo, &[]).await.0, 303);
    app.run_jobs().await;
    assert_eq!(overcharges(&app).await, before);
    let (status, page) = app.submit(&format!("{place}/replacement"), &[]).await;
    assert_eq!(status, 422);
    assert!(page.contains("choose one of the bills"), "{page}");
    let fields = [("replacement", twin.as_str())];
    let (status, _) = app.submit(&format!("{place}/replacement"), &fields).await;
    assert_eq!(status, 303);
    assert_eq!(
        bill(&app, &credited_id).await["replaced_by"]["number"],
        "TWIN"
    );
    who_sees_no_cost_sees_none_of_it(&app).await;
}

async fn what_passes_lines_on(app: &TestApp) {
    let (status, made) = app
        .post(
            "/api/v1/generated-invoices",
            &json!({ "as_of": "2026-12-01" }),
        )
        .await;
    assert_eq!(status, 201, "{made}");
    // The drafts are made: it waits for the next.
    bill_back_a_charge(app).await;
    let mut one_offs = 0;
    let mut seen = [0_usize; 4];
    let november = &bills(app, "state=standing").await[0];
    assert!(november["predicted_minor"].is_i64(), "{november}");
    let matched = november["matched_minor"].as_i64().unwrap();
    let unmatched = november["unmatched_minor"].as_i64().unwrap();
    assert!(matched > 0 && unmatched > 0, "{november}");
    assert!(matched + unmatched <= november["cost_minor"].as_i64().unwrap());
    for standing in bills(app, "state=standing").await {
        for line in bill(app, &id(&standing)).await["lines"].as_array().unwrap() {
            seen[0] += usize::from(line["contract_line"].is_object());
            seen[1] += usize::from(line["passed_on_by"]["invoice_id"].is_string());
            seen[2] += usize::from(line["state"] == "unmatched" && line["finding"].is_object());
            one_offs += usize::from(line["passed_on_by"]["one_off_id"].is_string());
        }
    }
    for predicted in bills(app, "state=predicted").await {
        let predicted = bill(app, &id(&predicted)).await;
        let lines = predicted["lines"].as_array().unwrap().iter();
        seen[3] += lines
            .filter(|line| line["passed_on_by"]["generated_invoice_id"].is_string())
            .count();
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
    assert_eq!(one_offs, 1);
    let november = bill(app, &id(november)).await;
    let usage = november["differences"].as_array().unwrap().iter();
    let missing = usage.filter(|one| one["predicted_minor"].is_null()).count();
    assert!(
        missing > 0,
        "usage is not predicted: {}",
        november["differences"]
    );
    let product = november["lines"][0]["product"]
        .as_str()
        .unwrap()
        .to_lowercase();
    let query = format!("q={}", product.replace(' ', "%20"));
    assert!(!bills(app, &query).await.is_empty(), "{query}");
    assert!(bills(app, "q=nothing-like-it").await.is_empty());
    let first = app.get("/api/v1/vendor-bills?limit=2").await.1;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = bills(app, &format!("limit=2&cursor={cursor}")).await;
    assert_ne!(first["items"][1]["id"], second[0]["id"]);
    for path in [
        "/vendor-bills",
        "/vendor-bills?state=standing&q=a",
        "/vendor-bills.csv",
    ] {
        assert_eq!(app.page(path).await.0, 200, "{path}");
    }
    let place = format!("/vendor-bills/{}", id(&november));
    for (path, told) in [
        ("", "Predicted against billed"),
        ("?show=unmatched", "Unmatched"),
        ("/lines.csv", "unit_cost"),
    ] {
        let (status, page) = app.page(&format!("{place}{path}")).await;
        assert_eq!(status, 200, "{path}");
        assert!(page.contains(told), "{path}: {page}");
    }
}

/// Puts a charge that nobody passed on on the client's next draft; what was bought has to be an
/// item first.
async fn bill_back_a_charge(app: &TestApp) {
    let item = json!({
        "code": "ONE", "name": "Bought once", "unit_price": "5.00", "tax_type": "OUTPUT2",
        "account_code": "200",
    });
    assert_eq!(app.post("/api/v1/catalog-items", &item).await.0, 201);
    let kind = "/api/v1/findings?kind=unbilled_charge";
    for charge in app.get(kind).await.1["items"].as_array().unwrap() {
        let subject = charge["subject"].as_str().unwrap();
        let Some((product, _)) = subject.split_once("/one-time/") else {
            continue;
        };
        let product = product.strip_prefix("pax8:").unwrap();
        let link = json!({ "connection": "pax8", "external_id": product, "item": "ONE" });
        let put = app.request(reqwest::Method::PUT, "/api/v1/catalog-links");
        assert_eq!(put.json(&link).send().await.unwrap().status(), 200);
    }
    reconcile(app).await;
    let (_, charges) = app.get(kind).await;
    for charge in charges["items"].as_array().unwrap() {
        let path = format!("/api/v1/findings/{}", id(charge));
        let (_, charge) = app.get(&path).await;
        if charge["options"] == json!([]) {
            continue;
        }
        let apply = json!({ "version": charge["version"], "when": "bill_back" });
        let (status, applied) = app.post(&format!("{path}/apply"), &apply).await;
        assert_eq!(status, 200, "{applied}");
        return;
    }
    panic!("no charge can be billed back: {charges}");
}

async fn who_sees_no_cost_sees_none_of_it(app: &TestApp) {
    let engineer = app.add_person("engineer@example.com", Role::Engineer).await;
    let ask = async |path: &str| {
        let request = app.anonymous(reqwest::Method::GET, path);
        request.bearer_auth(&engineer).send().await.unwrap()
    };
    assert_eq!(ask("/vendor-bills").await.status(), 403);
    let home = ask("/more").await.text().await.unwrap();
    assert!(
        !home.contains("/vendor-bills"),
        "an entry that leads nowhere"
    );
    let (_, more) = app.page("/more").await;
    assert!(more.contains("/vendor-bills"));
}
