//! What accounting bills by itself: it is read, it stops the client's drafts, and it goes.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    features::generated_invoices::tests::{agreed_world, clean, detail, generate},
    testing::{TestApp, on_both_engines},
};

on_both_engines!(agreed_world =>
    what_still_repeats_stops_the_clients_drafts,
    odd_schedules_and_lines_are_read_as_they_are,
);

/// The contact in accounting of a client.
async fn contact_of(app: &TestApp, client: &Value) -> String {
    let setup = app.control(Method::GET, "setup", &Value::Null).await;
    let clients = setup["clients"].as_array().unwrap();
    let known = clients.iter().find(|one| one["name"] == *client).unwrap();
    known["xero_contact_id"].as_str().unwrap().to_owned()
}

/// A monthly template of one line, with what `change` says otherwise.
async fn repeat(app: &TestApp, contact: &str, change: Value) -> Value {
    let mut template = json!({
        "contact_id": contact, "unit": "MONTHLY", "every": 1, "starts_on": "2026-06-01",
        "ends_on": null, "reference": "Old support",
        "currency": null, "lines": [
            { "description": "Support", "quantity": "1", "unit_price": "100.00", "item_code": null },
        ],
    });
    let change = change.as_object().unwrap().clone();
    template.as_object_mut().unwrap().extend(change);
    let made = app.control(Method::POST, "repeating", &template).await;
    made["id"].clone()
}

async fn sync(app: &TestApp) {
    app.post("/api/v1/sync", &json!({ "mode": "delta" })).await;
    app.run_jobs().await;
}

async fn listed(app: &TestApp, query: &str) -> Vec<Value> {
    let (status, found) = app
        .get(&format!("/api/v1/repeating-invoices?{query}"))
        .await;
    assert_eq!(status, 200, "{found}");
    found["items"].as_array().unwrap().clone()
}

async fn stops(app: &TestApp, draft: &Value) -> Vec<String> {
    let now = detail(app, draft["id"].as_str().unwrap()).await;
    let stops = now["stops"].as_array().unwrap().clone();
    let said = stops.iter().map(|stop| stop.as_str().unwrap().to_owned());
    said.collect()
}

async fn what_still_repeats_stops_the_clients_drafts(app: TestApp) {
    // What ended before the contracts began stops nobody.
    let ended = listed(&app, "").await;
    assert_eq!(ended.len(), 3, "{ended:?}");
    assert!(ended.iter().all(|one| one["state"] == "ended"), "{ended:?}");
    let ids = generate(&app).await;
    let draft = clean(&app, &ids).await;
    let client = draft["client_id"].as_str().unwrap().to_owned();
    let contact = contact_of(&app, &draft["client_name"]).await;
    let template = repeat(&app, &contact, json!({})).await;
    sync(&app).await;

    let said = stops(&app, &draft).await;
    assert_eq!(said.len(), 1, "{said:?}");
    let named = "“Old support”, GBP 120.00 every month";
    assert!(said[0].contains(named), "{said:?}");
    let (_, page) = app.page(&format!("/clients/{client}")).await;
    assert!(
        page.contains("Old support") && page.contains("Still repeats"),
        "{page}"
    );
    let mine = listed(&app, &format!("client={client}&q=OLD")).await;
    let [one] = &mine[..] else { panic!("{mine:?}") };
    assert_eq!(
        (&one["state"], &one["total_minor"]),
        (&json!("active"), &json!(12000))
    );

    // It bills something else, says somebody who says what.
    let place = format!("/repeating-invoices/{}", one["id"].as_str().unwrap());
    let form = [("reason", "  ")];
    let (status, page) = app.submit(&format!("{place}/not-ours"), &form).await;
    assert!(
        status == 422 && page.contains("must not be empty"),
        "{page}"
    );
    let form = [("reason", "A loan of ours")];
    let (status, page) = app.submit(&format!("{place}/not-ours"), &form).await;
    assert_eq!(status, 303, "{page}");
    app.run_jobs().await;
    assert_eq!(stops(&app, &draft).await, Vec::<String>::new());
    // A sync leaves the decision alone.
    sync(&app).await;
    let (_, page) = app.page(&place).await;
    assert!(
        page.contains("A loan of ours") && page.contains("It is ours"),
        "{page}"
    );
    let (status, back) = app.delete(&format!("/api/v1{place}/not-ours")).await;
    assert_eq!(
        (status, &back["invoice"]["state"]),
        (200, &json!("active")),
        "{back}"
    );
    assert_eq!(stops(&app, &draft).await, said);

    // Ended in Xero: gone from the list, and the draft is free.
    app.control(Method::POST, "repeating/end", &json!({ "id": template }))
        .await;
    sync(&app).await;
    assert_eq!(stops(&app, &draft).await, Vec::<String>::new());
    assert!(listed(&app, "q=old").await.is_empty());
    let (status, page) = app.page(&place).await;
    assert!(status == 200 && page.contains("Ended"), "{page}");
    let (_, page) = app.page("/repeating-invoices?q=nobody").await;
    assert!(page.contains("No repeating invoices match"), "{page}");
}

async fn odd_schedules_and_lines_are_read_as_they_are(app: TestApp) {
    let ids = generate(&app).await;
    let draft = clean(&app, &ids).await;
    let client = draft["client_id"].as_str().unwrap().to_owned();
    let contact = contact_of(&app, &draft["client_name"]).await;
    let line = |quantity: &str, price: &str| {
        json!({ "description": "Line", "quantity": quantity, "unit_price": price,
            "item_code": null })
    };
    // Ends in the future, on a day that still bills; another ends before its next day.
    repeat(
        &app,
        &contact,
        json!({ "reference": "A", "ends_on": "2027-06-01" }),
    )
    .await;
    repeat(
        &app,
        &contact,
        json!({ "reference": "B", "starts_on": "2026-06-28",
        "ends_on": "2026-11-27", "lines": [line("1", "5")] }),
    )
    .await;
    // Weekly, as drafts, tax inside, with four decimals and something taken off.
    repeat(
        &app,
        &contact,
        json!({ "reference": "C", "unit": "WEEKLY", "every": 2,
        "is_draft": true, "is_inclusive": true,
        "lines": [line("3", "1.2345"), line("-1", "0.50")] }),
    )
    .await;
    repeat(
        &app,
        &contact,
        json!({ "reference": "D", "every": 12, "currency": "EUR" }),
    )
    .await;
    sync(&app).await;
    let found = listed(&app, &format!("client={client}")).await;
    let one = |name: &str| found.iter().find(|one| one["reference"] == name).unwrap();
    assert_eq!(
        (&one("A")["state"], &one("A")["ends_on"]),
        (&json!("active"), &json!("2027-06-01"))
    );
    assert_eq!(one("B")["state"], "ended");
    let weekly = one("C");
    assert_eq!(
        (&weekly["every"], &weekly["makes_drafts"]),
        (&json!("2 weeks"), &json!(true))
    );
    // 3 × 1.2345 = 3.70, less 0.50; a sixth of each line is tax: 0.62 − 0.08.
    let sums = ["subtotal_minor", "tax_minor", "total_minor"].map(|sum| weekly[sum].clone());
    assert_eq!(sums, [json!(266), json!(54), json!(320)]);
    let (_, whole) = app
        .get(&format!(
            "/api/v1/repeating-invoices/{}",
            weekly["id"].as_str().unwrap()
        ))
        .await;
    let lines = &whole["lines"];
    assert_eq!(
        (&lines[0]["unit_price"], &lines[0]["net_minor"]),
        (&json!("1.2345"), &json!(308))
    );
    assert_eq!(
        (&lines[1]["item_code"], &lines[1]["net_minor"]),
        (&Value::Null, &json!(-42))
    );
    assert_eq!(
        (&one("D")["every"], &one("D")["currency"]),
        (&json!("year"), &json!("EUR"))
    );

    // The stop names each that still bills, and no other.
    let [said] = &stops(&app, &draft).await[..] else {
        panic!("one stop")
    };
    for name in [
        "“A”, GBP 120.00 every month",
        "“C”, GBP 3.20 every 2 weeks",
        "“D”, ",
    ] {
        assert!(said.contains(name), "{said}");
    }
    assert!(!said.contains("“B”"), "{said}");
    let (status, file) = app.page("/repeating-invoices/export.csv?q=D").await;
    assert!(status == 200 && file.contains("EUR"), "{file}");

    nobodys_contact_stops_nobody(&app, &contact, weekly, &draft).await;
}

async fn nobodys_contact_stops_nobody(app: &TestApp, contact: &str, weekly: &Value, draft: &Value) {
    let links = json!({ "connection": "xero", "external_id": contact, "client": null });
    let request = app
        .request(Method::PUT, "/api/v1/client-links")
        .json(&links);
    let answer = request.send().await.unwrap();
    assert!(
        answer.status().is_success(),
        "{}",
        answer.text().await.unwrap()
    );
    app.run_jobs().await;
    let place = format!("/repeating-invoices/{}", weekly["id"].as_str().unwrap());
    let (_, page) = app.page(&place).await;
    assert!(page.contains("not mapped"), "{page}");
    assert!(
        !stops(app, draft)
            .await
            .iter()
            .any(|stop| stop.contains("repeats"))
    );
}
