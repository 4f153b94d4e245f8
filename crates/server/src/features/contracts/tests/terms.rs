//! What comes of a contract: its next invoices, a new term, rises on its anniversary, its end.
//! Today is in November 2026.

use serde_json::{Value, json};

use super::{contract, groundwork};
use crate::{
    db::sql,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(TestApp::start =>
    the_timeline_says_what_causes_each_change,
    a_contract_is_renewed_with_an_uplift,
    a_rise_is_confirmed_or_skipped,
    what_is_owed_is_seen_before_the_end,
    days_that_are_none_are_refused_in_words,
);

/// One fixed line of 18 at 22.00, since January 2026 and billed here since September.
pub(super) async fn agreed(app: &TestApp, change: impl FnOnce(&mut Value)) -> Value {
    groundwork(app).await;
    let mut body = contract();
    body["lines"].as_array_mut().unwrap().truncate(1);
    change(&mut body);
    let (status, made) = app.post("/api/v1/contracts", &body).await;
    assert_eq!(status, 201, "{made}");
    made
}

/// Says that a period of a line stands on a posted invoice.
pub(super) async fn posted(app: &TestApp, line: &str, month: u32) {
    let waiver = json!({
        "line": line, "starts_on": format!("2026-{month:02}-01"), "reason": "to be posted",
    });
    let (status, row) = app.post("/api/v1/coverage/waivers", &waiver).await;
    assert_eq!(status, 200, "{row}");
    let mut tx = app.app.db.write(app.org).await.unwrap();
    sql("update coverage set state = 'posted' where org_id = $1")
        .bind(app.org)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

pub(super) async fn changed(app: &TestApp, line: &str, change: Value) -> Value {
    let path = format!("/api/v1/contract-lines/{line}/changes");
    let (status, changed) = app.post(&path, &change).await;
    assert_eq!(status, 201, "{changed}");
    changed
}

async fn the_timeline_says_what_causes_each_change(app: TestApp) {
    let made = agreed(&app, |body| {
        body["lines"].as_array_mut().unwrap().push(json!({
            "item": "DEV-WS", "unit_price": "264.00", "price_per": "term", "cycle": "annual",
            "starts_on": "2026-12-01", "quantity": { "source": "fixed", "quantity": "1" },
        }));
    })
    .await;
    let line = made["lines"][0]["id"].as_str().unwrap();
    changed(
        &app,
        line,
        json!({ "effective_on": "2027-01-15", "quantity": "20" }),
    )
    .await;
    changed(
        &app,
        line,
        json!({ "effective_on": "2027-04-01", "unit_price": "22.88" }),
    )
    .await;
    changed(
        &app,
        line,
        json!({ "effective_on": "2027-08-01", "ended": true }),
    )
    .await;
    let (status, timeline) = app.get("/api/v1/contracts/K007/timeline").await;
    assert_eq!(
        (status, timeline["invoices"].as_array().unwrap().len()),
        (200, 12)
    );
    let of = |at: usize| {
        let changes = timeline["invoices"][at]["changes"].as_array().unwrap();
        let told = |change: &Value| {
            let number = |name: &str| change[name].as_str().unwrap().to_owned();
            let kind = change["kind"].as_str().unwrap().to_owned();
            let amount = change["amount_minor"].as_i64().unwrap();
            (kind, number("before"), number("after"), amount)
        };
        changes.iter().map(told).collect::<Vec<_>>()
    };
    let cause = |kind: &str, before: &str, after: &str, amount: i64| {
        (kind.to_owned(), before.to_owned(), after.to_owned(), amount)
    };
    let (nov, dec, jan, feb, mar, apr, aug) = (0, 1, 2, 3, 4, 5, 9);
    assert_eq!(timeline["invoices"][nov]["net_minor"], 39_600);
    assert_eq!(of(nov), []);
    assert_eq!(of(dec), [cause("line_begins", "0", "264", 26_400)]);
    assert_eq!(of(jan), [cause("out_of_its_period", "264", "0", -26_400)]);
    // 2 × 22.00 × 17/31 = 24.13, rounded once.
    assert_eq!(
        of(feb),
        [
            cause("quantity", "18", "20", 4_400),
            cause("catch_up", "0", "24.13", 2_413),
        ]
    );
    assert_eq!(of(mar), [cause("catch_up", "24.13", "0", -2_413)]);
    assert_eq!(of(apr), [cause("price", "22", "22.88", 1_760)]);
    assert_eq!(of(aug), [cause("line_ends", "457.6", "0", -45_760)]);
    let sentence = &timeline["invoices"][feb]["changes"][0]["sentence"];
    let sentence = sentence.as_str().unwrap();
    assert!(
        sentence.contains("quantity 18 → 20 from 15 Jan 2027"),
        "{sentence}"
    );
    let page = format!("/contracts/{}", made["id"].as_str().unwrap());
    let (status, html) = app.page(&page).await;
    assert_eq!(status, 200);
    assert!(html.contains("quantity 18 → 20 from 15 Jan 2027"), "{html}");
}

async fn a_contract_is_renewed_with_an_uplift(app: TestApp) {
    let made = agreed(&app, |body| body["ends_on"] = json!("2027-01-01")).await;
    let id = made["id"].as_str().unwrap();
    let line = made["lines"][0]["id"].as_str().unwrap();
    let page = format!("/contracts/{id}/renew");
    let (status, html) = app.page(&page).await;
    assert!(
        status == 200 && html.contains("2028-01-01"),
        "as long as before: {html}"
    );
    let shown = format!("{page}?ends_on=2028-01-01&percent=4&line={line}");
    let (status, html) = app.page(&shown).await;
    assert!(status == 200 && html.contains("22.88"), "{html}");
    let (_, now) = app.get("/api/v1/contracts/K007").await;
    assert_eq!(now["ends_on"], "2027-01-01", "nothing was kept");

    let path = "/api/v1/contracts/K007/renewals";
    let early = json!({ "version": now["version"], "ends_on": "2026-12-31", "percent": "-4" });
    let (status, refused) = app.post(path, &early).await;
    assert_eq!(status, 422);
    let fields = json!({
        "ends_on": "the new term begins on 2027-01-01; it must end after that",
        "percent": "an uplift is more than 0 and at most 100 per cent",
    });
    assert_eq!(refused["error"]["fields"], fields);
    let renewal = json!({ "version": now["version"], "ends_on": "2028-01-01", "percent": "4" });
    let (status, renewed) = app.post(path, &renewal).await;
    assert_eq!(status, 201, "{renewed}");
    assert_eq!(renewed["contract"]["ends_on"], "2028-01-01");
    assert_eq!(renewed["rises"][0]["after"], "22.88");
    let event = &renewed["contract"]["lines"][0]["events"][0];
    assert_eq!(event["effective_on"], "2027-01-01");
    assert_eq!(event["applied_as"], "uplift");
    let (_, timeline) = app.get("/api/v1/contracts/K007/timeline").await;
    let cause = &timeline["invoices"][2]["changes"][0];
    assert_eq!(
        (&cause["kind"], &cause["amount_minor"]),
        (&json!("uplift"), &json!(1_584))
    );
    let (_, html) = app.page(&format!("/contracts/{id}")).await;
    assert!(html.contains("Renewed terms"), "{html}");
    let form = [("version", "1"), ("ends_on", "2029-01-01")];
    let (status, said) = app.submit(&page, &form).await;
    assert_eq!(status, 409, "somebody else renewed it: {said}");
}

async fn a_rise_is_confirmed_or_skipped(app: TestApp) {
    let made = agreed(&app, |body| {
        body["lines"].as_array_mut().unwrap().push(json!({
            "item": "DEV-WS", "quantity": { "source": "fixed", "quantity": "4" },
        }));
    })
    .await;
    let id = made["id"].as_str().unwrap();
    let path = "/api/v1/contracts/K007/uplift";
    let put = async |body: Value| {
        let request = app.request(reqwest::Method::PUT, path).json(&body);
        let answer = request.send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json::<Value>().await.unwrap(),
        )
    };
    let both = json!({ "version": 0, "announce_days": 60, "lines": [
        { "line": "K007-1", "percent": "4", "amount": "1" }, { "line": "NO-SUCH", "amount": "1" },
    ] });
    let (status, refused) = put(both).await;
    assert_eq!(status, 422);
    let fields = json!({
        "lines[0].percent": "say either a percentage or an amount",
        "lines[1].line": "this contract has no such line",
    });
    assert_eq!(refused["error"]["fields"], fields);
    let agreed = json!({ "version": 0, "announce_days": 60, "lines": [
        { "line": "K007-1", "percent": "5" }, { "line": "K007-2", "amount": "0.75" },
    ] });
    let (status, uplift) = put(agreed).await;
    assert_eq!(
        (status, &uplift["next_on"]),
        (200, &json!("2027-01-01")),
        "{uplift}"
    );

    let (_, coming) = app.get("/api/v1/contract-uplifts?show=due").await;
    let mut rises = coming["items"].as_array().unwrap().clone();
    rises.sort_by_key(|rise| std::cmp::Reverse(rise["after"].to_string()));
    let prices: Vec<&Value> = rises.iter().map(|rise| &rise["after"]).collect();
    assert_eq!(prices, ["23.1", "10.25"], "{coming}");
    let (status, html) = app.page("/contracts/uplifts").await;
    assert!(status == 200 && html.contains("To review"), "{html}");
    let decide = async |line: &Value, decision: &str| {
        let body = json!({ "line": line, "effective_on": "2027-01-01", "decision": decision });
        app.post("/api/v1/contract-uplifts/decisions", &body).await
    };
    assert_eq!(decide(&rises[0]["line"], "confirm").await.0, 200);
    assert_eq!(decide(&rises[0]["line"], "confirm").await.0, 404, "once");
    assert_eq!(decide(&rises[1]["line"], "skip").await.0, 200);
    let (_, none) = app.get("/api/v1/contract-uplifts").await;
    assert_eq!(none["items"], json!([]));
    let (_, now) = app.get("/api/v1/contracts/K007").await;
    let event = &now["lines"][0]["events"][0];
    assert_eq!(
        (&event["after_value"], &event["applied_as"]),
        (&json!("23.1"), &json!("uplift"))
    );
    assert_eq!(now["lines"][1]["events"], json!([]));
    let (_, page) = app.page("/contracts/uplifts?show=skipped").await;
    assert!(page.contains("Take it back"), "{page}");
    assert_eq!(decide(&rises[1]["line"], "reopen").await.0, 200);
    assert_eq!(decide(&rises[1]["line"], "reopen").await.0, 404, "once");
    let (_, open) = app.get("/api/v1/contract-uplifts").await;
    assert_eq!(open["items"].as_array().unwrap().len(), 1, "{open}");
    assert_eq!(decide(&rises[1]["line"], "skip").await.0, 200);
    // A rise that is taken back is open again.
    let undo = format!("/api/v1/contract-events/{}", event["id"].as_str().unwrap());
    assert_eq!(app.delete(&undo).await.0, 200);
    let (_, again) = app.get("/api/v1/contract-uplifts").await;
    assert_eq!(again["items"].as_array().unwrap().len(), 1);
    let (_, csv) = app.page("/contracts/uplifts.csv").await;
    assert!(csv.contains("23.1"), "{csv}");
    let (status, html) = app.page(&format!("/contracts/{id}/uplift")).await;
    assert!(status == 200 && html.contains("0.75"), "{html}");
}

async fn what_is_owed_is_seen_before_the_end(app: TestApp) {
    let made = agreed(&app, |_| {}).await;
    let id = made["id"].as_str().unwrap();
    let line = made["lines"][0]["id"].as_str().unwrap();
    for month in [9, 11] {
        posted(&app, line, month).await;
    }
    let (status, html) = app.page(&format!("/contracts/{id}/end")).await;
    assert!(
        status == 200 && html.contains("Show what is owed"),
        "{html}"
    );
    let (status, html) = app
        .page(&format!("/contracts/{id}/end?ends_on=2026-11-16"))
        .await;
    assert_eq!(status, 200);
    assert!(html.contains("Invoiced beyond the end"), "{html}");
    let (_, now) = app.get("/api/v1/contracts/K007").await;
    assert_eq!(now["standing"], "active", "nothing was kept");

    let change = json!({ "version": 1, "status": "ended", "ends_on": "2026-12-16" });
    let request = app.request(reqwest::Method::PATCH, "/api/v1/contracts/K007");
    assert_eq!(request.json(&change).send().await.unwrap().status(), 200);
    let (_, owed) = app.get("/api/v1/contracts/K007/owed").await;
    let periods = owed["periods"].as_array().unwrap();
    let nets: Vec<i64> = periods
        .iter()
        .map(|one| one["net_minor"].as_i64().unwrap())
        .collect();
    // October whole, and 15 of December's 31 days.
    assert_eq!(nets, [39_600, 19_161], "{owed}");
    assert_eq!(owed["net_minor"], 58_761);
    // It is owed and is drafted, although the contract goes on no longer than that.
    let ask = json!({ "as_of": "2026-12-01" });
    let (status, plan) = app.post("/api/v1/generated-invoices/preview", &ask).await;
    assert_eq!(
        (status, &plan[0]["net_minor"]),
        (200, &json!(58_761)),
        "{plan}"
    );
}

async fn days_that_are_none_are_refused_in_words(app: TestApp) {
    let made = agreed(&app, |body| {
        body["starts_on"] = json!("2026-08-31");
        body["bill_from"] = json!("2026-08-31");
    })
    .await;
    // An anchor on the 31st passes through shorter months and is there again.
    let (_, timeline) = app.get("/api/v1/contracts/K007/timeline").await;
    let starts: Vec<&str> = timeline["invoices"]
        .as_array()
        .unwrap()
        .iter()
        .take(6)
        .map(|invoice| invoice["starts_on"].as_str().unwrap())
        .collect();
    let expected = [
        "2026-10-31",
        "2026-11-30",
        "2026-12-31",
        "2027-01-31",
        "2027-02-28",
        "2027-03-31",
    ];
    assert_eq!(starts, expected);
    assert!(
        timeline["invoices"][1]["changes"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let line = made["lines"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/contract-lines/{line}/changes/preview");
    for (change, field, message) in [
        (
            json!({ "effective_on": "2027-02-29", "quantity": "1" }),
            "effective_on",
            "write the date as year-month-day, such as 2026-11-12",
        ),
        (
            json!({ "effective_on": "2026-08-30", "quantity": "1" }),
            "effective_on",
            "this line starts on 2026-08-31; nothing can change earlier",
        ),
        (
            json!({ "effective_on": "2026-08-31", "ended": true }),
            "effective_on",
            "a line ends after it starts",
        ),
    ] {
        let (status, refused) = app.post(&path, &change).await;
        assert_eq!(
            (status, &refused["error"]["fields"][field]),
            (422, &json!(message))
        );
    }
    let (status, seen) = app
        .post(
            &path,
            &json!({ "effective_on": "2028-02-29", "quantity": "1" }),
        )
        .await;
    assert_eq!(status, 200, "a leap year has that day: {seen}");
    let end = json!({ "version": 1, "status": "ended", "ends_on": "2026-08-31" });
    let request = app.request(reqwest::Method::PATCH, "/api/v1/contracts/K007");
    let refused: Value = request
        .json(&end)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let said = &refused["error"]["fields"]["ends_on"];
    assert_eq!(said, "the end must be after the start");
}
