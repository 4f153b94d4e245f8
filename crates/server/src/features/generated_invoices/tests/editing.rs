//! What a person writes on a draft: lines, codes, order, dates; and drafts of nothing but that.

use serde_json::{Value, json};

use super::{act, agreed_world, approve_and_post, clean, detail, generate, in_ledger};
use crate::testing::{TestApp, on_both_engines};

on_both_engines!(agreed_world =>
    an_edit_is_seen_everywhere_and_takes_the_approval_back,
    bad_edits_change_nothing,
    a_blank_draft_is_posted_like_any_other,
    pages_edit_what_the_api_does,
);

async fn edit(app: &TestApp, draft: &Value, edits: Value) -> (u16, Value) {
    act(app, draft, "edits", json!({ "edits": edits })).await
}

fn lines(draft: &Value) -> &Vec<Value> {
    draft["lines"].as_array().unwrap()
}

async fn coverage_state(app: &TestApp, line: &Value) -> String {
    let path = format!(
        "/api/v1/coverage?line={}",
        line["contract_line_id"].as_str().unwrap()
    );
    let (status, rows) = app.get(&path).await;
    assert_eq!(status, 200, "{rows}");
    let own = rows["items"]
        .as_array()
        .unwrap_or_else(|| rows.as_array().unwrap());
    let row = own.iter().find(|row| row["starts_on"] == line["starts_on"]);
    row.unwrap()["state"].as_str().unwrap().to_owned()
}

/// A clean draft of several lines.
async fn of_several_lines(app: &TestApp) -> Value {
    let mut drafts = generate(app).await;
    loop {
        let draft = clean(app, &drafts).await;
        if lines(&draft).len() > 1 {
            return draft;
        }
        drafts.retain(|id| draft["id"] != json!(id));
    }
}

async fn an_edit_is_seen_everywhere_and_takes_the_approval_back(app: TestApp) {
    let draft = of_several_lines(&app).await;
    let (status, approved) = act(&app, &draft, "approve", json!({})).await;
    assert_eq!(status, 200, "{approved}");
    let (first, second) = (lines(&draft)[0].clone(), lines(&draft)[1].clone());
    let little = json!([{ "edit": "line", "line": first["id"], "set": { "quantity": "0.1" } }]);
    let (status, held) = edit(&app, &approved, little).await;
    assert_eq!(
        (status, &held["status"]),
        (200, &json!("draft")),
        "nobody has approved this"
    );
    assert_eq!(
        held["holds"].as_array().unwrap().len(),
        1,
        "under half of what was agreed: {held}"
    );
    let edits = json!([
        { "edit": "line", "line": first["id"], "set": { "quantity": "31", "unit_price": "13.125" } },
        { "edit": "add", "set": { "description": "Call-out", "quantity": "1", "unit_price": "80",
            "tax_type": first["tax_type"], "account_code": first["account_code"] } },
        { "edit": "remove", "line": second["id"] },
        { "edit": "invoice", "reference": "PO-4711", "note": "Asked on the phone" },
    ]);
    let (status, edited) = edit(&app, &held, edits).await;
    assert_eq!(status, 200, "{edited}");
    assert_eq!(edited["reference"], "PO-4711");
    let changed = &lines(&edited)[0];
    assert_eq!(changed["net_minor"], 40_688, "31 × 13.125, rounded once");
    assert_eq!(changed["explanation"]["rule"], "by_hand");
    assert_eq!(lines(&edited).len(), lines(&draft).len());
    let net: i64 = lines(&edited)
        .iter()
        .map(|line| line["net_minor"].as_i64().unwrap())
        .sum();
    assert_eq!(edited["net_minor"], net);
    assert_eq!(coverage_state(&app, &second).await, "planned");

    // Another order is another content, too.
    let last = lines(&edited).last().unwrap()["id"].clone();
    let (status, moved) = edit(
        &app,
        &edited,
        json!([{ "edit": "move", "line": last, "to": 1 }]),
    )
    .await;
    assert_eq!((status, &lines(&moved)[0]["id"]), (200, &last), "{moved}");

    let posted = approve_and_post(&app, &moved).await;
    assert_eq!(posted["status"], "posted", "{posted}");
    let rows = in_ledger(&app, &posted["number"]).await;
    assert_eq!(rows[0]["total_minor"], posted["total_minor"], "to the cent");
    let (status, refused) = edit(
        &app,
        &posted,
        json!([{ "edit": "invoice", "note": "late" }]),
    )
    .await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (409, &json!("wrong_state"))
    );
    let (_, page) = app
        .page(&format!(
            "/generated-invoices/{}",
            draft["id"].as_str().unwrap()
        ))
        .await;
    assert!(page.contains("What a person entered") && page.contains("Asked on the phone"));

    // What was taken off is drafted again.
    let again = generate(&app).await;
    assert_eq!(again.len(), 1, "{again:?}");
    let again = detail(&app, &again[0]).await;
    assert_eq!(
        lines(&again)[0]["contract_line_id"],
        second["contract_line_id"]
    );
}

async fn bad_edits_change_nothing(app: TestApp) {
    let ids = generate(&app).await;
    let draft = clean(&app, &ids).await;
    let line = &lines(&draft)[0]["id"];
    let set = |set: Value| json!([{ "edit": "line", "line": line, "set": set }]);
    for (edits, field) in [
        (json!([]), "edits"),
        (set(json!({ "quantity": "lots" })), "quantity"),
        (set(json!({ "quantity": "1.1234567" })), "quantity"),
        (
            set(json!({ "quantity": "9000000000000", "unit_price": "9000000" })),
            "quantity",
        ),
        (set(json!({ "description": " " })), "description"),
        (
            json!([{ "edit": "add", "set": { "description": "Nothing else" } }]),
            "unit_price",
        ),
        (json!([{ "edit": "move", "line": line, "to": 99 }]), "to"),
        (json!([{ "edit": "move", "line": line, "to": 0 }]), "to"),
        (
            json!([{ "edit": "invoice", "due_on": "2001-01-01" }]),
            "due_on",
        ),
        (
            json!([{ "edit": "invoice", "issued_on": "2026-02-30" }]),
            "issued_on",
        ),
    ] {
        let (status, refused) = edit(&app, &draft, edits.clone()).await;
        assert_eq!(status, 422, "{edits} {refused}");
        assert!(
            refused["error"]["fields"][field].is_string(),
            "{edits} {refused}"
        );
    }
    // The second edit is wrong, so the first is not done either.
    let edits = json!([
        { "edit": "invoice", "reference": "PO-1" },
        { "edit": "remove", "line": "gil_00000000000000000000000000000001" },
    ]);
    let (status, refused) = edit(&app, &draft, edits).await;
    assert_eq!(status, 422, "{refused}");
    let (status, _) = edit(&app, &draft, json!([{ "edit": "erase" }])).await;
    assert_eq!(status, 422);
    let now = detail(&app, draft["id"].as_str().unwrap()).await;
    assert_eq!(now, draft);
    let mut old = draft.clone();
    old["version"] = json!(0);
    let (status, _) = edit(
        &app,
        &old,
        json!([{ "edit": "invoice", "reference": "PO-1" }]),
    )
    .await;
    assert_eq!(status, 409, "somebody else was faster");
}

async fn a_blank_draft_is_posted_like_any_other(app: TestApp) {
    let known = clean(&app, &generate(&app).await).await;
    let line = &lines(&known)[0];
    let body = json!({
        "client_id": known["client_id"], "reference": "PO-9",
        "lines": [{ "description": "Cabling of the new office", "quantity": "12.5",
            "unit_price": "64.40", "tax_type": line["tax_type"],
            "account_code": line["account_code"] }],
    });
    let (status, made) = app.post("/api/v1/generated-invoices/blank", &body).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["net_minor"], 80_500);
    assert_eq!(made["stops"], json!([]), "{made}");
    let posted = approve_and_post(&app, &made).await;
    assert_eq!(posted["status"], "posted", "{posted}");
    let rows = in_ledger(&app, &posted["number"]).await;
    assert_eq!(rows[0]["total_minor"], posted["total_minor"]);

    let mut without = body.clone();
    without["lines"] = json!([]);
    let (status, _) = app.post("/api/v1/generated-invoices/blank", &without).await;
    assert_eq!(status, 422);
    let mut unknown = body;
    unknown["client_id"] = json!("cli_00000000000000000000000000000001");
    let (status, _) = app.post("/api/v1/generated-invoices/blank", &unknown).await;
    assert_eq!(status, 404);
}

async fn pages_edit_what_the_api_does(app: TestApp) {
    let draft = of_several_lines(&app).await;
    let place = format!("/generated-invoices/{}", draft["id"].as_str().unwrap());
    let line = lines(&draft)[1].clone();
    let at_line = format!("{place}/lines/{}", line["id"].as_str().unwrap());
    let (status, page) = app.page(&at_line).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("Line 2 of") && page.contains(line["tax_type"].as_str().unwrap()));
    let mut version = draft["version"].as_i64().unwrap();
    let mut submit = async |path: String, fields: &[(&str, &str)]| {
        let text = version.to_string();
        let mut all = vec![("version", text.as_str())];
        all.extend(fields);
        let (status, page) = app.submit(&path, &all).await;
        if status == 303 {
            version += 1;
        }
        (status, page)
    };
    let code = |name: &str| line[name].as_str().unwrap().to_owned();
    let (tax, account) = (code("tax_type"), code("account_code"));
    let typed = |quantity: &'static str| {
        [
            ("description", "Seats, by agreement".to_owned()),
            ("quantity", quantity.to_owned()),
            ("unit_price", "2.50".to_owned()),
            ("tax_type", tax.clone()),
            ("account_code", account.clone()),
        ]
    };
    let wrong = typed("some");
    let wrong: Vec<_> = wrong
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let (status, page) = submit(at_line.clone(), &wrong).await;
    assert_eq!(status, 422);
    assert!(page.contains("Seats, by agreement"), "what was typed stays");
    let right = typed("4");
    let right: Vec<_> = right
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    assert_eq!(submit(at_line.clone(), &right).await.0, 303);
    assert_eq!(
        submit(format!("{at_line}/move"), &[("to", "1")]).await.0,
        303
    );
    assert_eq!(submit(format!("{place}/lines/add"), &right).await.0, 303);
    let invoice = [
        ("issued_on", "2026-12-01"),
        ("due_on", "2026-12-31"),
        ("reference", "PO-5"),
        ("note", ""),
    ];
    assert_eq!(submit(format!("{place}/edit"), &invoice).await.0, 303);
    let now = detail(&app, draft["id"].as_str().unwrap()).await;
    assert_eq!(lines(&now)[0]["net_minor"], 1000);
    assert_eq!(now["due_on"], "2026-12-31");
    let added = lines(&now).last().unwrap()["id"].as_str().unwrap();
    let remove = format!("{place}/lines/{added}/remove");
    assert_eq!(submit(remove, &[]).await.0, 303);

    let create = [
        ("client", draft["client_id"].as_str().unwrap()),
        ("issued_on", "2026-12-01"),
        ("reference", ""),
    ];
    let (status, page) = app.submit("/generated-invoices/create", &create).await;
    assert_eq!(status, 422, "no line was said");
    assert!(page.contains("this must not be empty") || page.contains("not a number"));
    let all: Vec<_> = create.iter().chain(&right).copied().collect();
    assert_eq!(app.submit("/generated-invoices/create", &all).await.0, 303);
}
