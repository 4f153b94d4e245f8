//! Templates, and contracts that begin from one: through pages and the API, on both engines.

use serde_json::{Value, json};

use super::TemplateLines;
use crate::{
    db::sql,
    features::contracts::tests::{connect, groundwork, subscription},
    testing::{TestApp, on_both_engines},
};

on_both_engines!(TestApp::start =>
    a_template_is_kept_changed_and_taken_away,
    a_contract_begins_from_a_template,
    a_contract_is_kept_as_a_template,
);

fn template() -> Value {
    json!({
        "name": "Managed services", "description": "For small offices", "cycle": "quarterly",
        "timing": "advance", "term_months": 12, "currency": "GBP",
        "purchase_order": "PO to follow",
        "lines": [
            { "item": "M365-BP", "unit_price": "21.50",
              "quantity": { "source": "fixed", "quantity": "10" } },
            { "item": "DEV-WS", "quantity": { "source": "meter", "meter": "workstations" },
              "tax_type": "ZERO", "account_code": "215" },
        ],
    })
}

/// What is stored must stay readable.
#[test]
fn stored_lines_keep_their_form() {
    let golden = r#"[{"reference":null,"item":"itm_1","description":null,"unit_price":"21.50","price_per":null,"cycle":"annual","timing":null,"quantity":{"source":"fixed","quantity":"10","subscriptions":[],"meter":null,"counting":null,"exclusions":[],"included":null,"minimum":null,"rounding":null},"tax_type":null,"account_code":null,"starts_on":null,"ends_on":null,"anchor_on":null}]"#;
    let lines = TemplateLines::try_from(golden.to_owned()).unwrap();
    assert_eq!(serde_json::to_string(&lines).unwrap(), golden);
    let oldest = r#"[{"item":"itm_1","quantity":{"source":"subscription"}}]"#;
    assert!(TemplateLines::try_from(oldest.to_owned()).is_ok());
}

async fn a_template_is_kept_changed_and_taken_away(app: TestApp) {
    groundwork(&app).await;
    let mut wrong = template();
    wrong["term_months"] = json!(0);
    wrong["lines"][0]["item"] = json!("NO-SUCH");
    wrong["lines"][1]["starts_on"] = json!("2026-01-01");
    let (status, refused) = app.post("/api/v1/contract-templates", &wrong).await;
    assert_eq!(status, 422);
    let fields = json!({
        "term_months": "a term has 1 to 120 whole months; leave it empty where it has no end",
        "lines[0].item": "there is no catalog item \"NO-SUCH\"",
        "lines[1].starts_on": "only a contract has this; leave it out of a template",
    });
    assert_eq!(refused["error"]["fields"], fields);

    let (status, made) = app.post("/api/v1/contract-templates", &template()).await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    let page = format!("/contract-templates/{id}");
    let (status, html) = app.page(&page).await;
    assert!(
        status == 200 && html.contains("the catalog&#39;s"),
        "{html}"
    );
    let line = [
        ("version", "1"),
        ("at", ""),
        ("item", "M365-BP"),
        ("source", "subscription"),
        ("cycle", "annual"),
    ];
    let (status, said) = app.submit(&format!("{page}/lines"), &line).await;
    assert_eq!(status, 303, "{said}");
    let replaced = [
        ("version", "2"),
        ("at", "1"),
        ("item", "M365-BP"),
        ("unit_price", "x"),
        ("source", "fixed"),
        ("quantity", "12"),
    ];
    let (status, html) = app.submit(&format!("{page}/lines"), &replaced).await;
    assert!(status == 422 && html.contains("is not a number"), "{html}");
    assert!(html.contains("Change line 1"), "{html}");
    let replaced = replaced.map(|(name, value)| match name {
        "unit_price" => (name, "20"),
        _ => (name, value),
    });
    let (status, said) = app.submit(&format!("{page}/lines"), &replaced).await;
    assert_eq!(status, 303, "{said}");
    let gone = [("version", "3"), ("at", "2")];
    let (status, said) = app.submit(&format!("{page}/lines/remove"), &gone).await;
    assert_eq!(status, 303, "{said}");
    let (_, now) = app.get(&format!("/api/v1{page}")).await;
    assert_eq!(now["version"], 4);
    assert_eq!(now["lines"].as_array().unwrap().len(), 2);
    assert_eq!(now["lines"][0]["quantity"]["quantity"], "12");
    assert_eq!(now["lines"][1]["cycle"], "annual");

    let archive = [("version", "4"), ("status", "archived")];
    assert_eq!(app.submit(&format!("{page}/status"), &archive).await.0, 303);
    let (_, html) = app.page("/contract-templates").await;
    assert!(html.contains("No templates yet"), "{html}");
    let (_, found) = app
        .get("/api/v1/contract-templates?q=managed&status=archived")
        .await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let (_, csv) = app.page("/contract-templates.csv?status=all").await;
    assert!(csv.contains("Managed services"), "{csv}");
    assert_eq!(app.delete(&format!("/api/v1{page}")).await.0, 200);
    assert_eq!(app.get(&format!("/api/v1{page}")).await.0, 404);
}

async fn a_contract_begins_from_a_template(app: TestApp) {
    groundwork(&app).await;
    let mut follows = template();
    follows["lines"].as_array_mut().unwrap().push(json!({
        "item": "M365-BP", "unit_price": "22.00", "quantity": { "source": "subscription" },
    }));
    let (_, made) = app.post("/api/v1/contract-templates", &follows).await;
    let id = made["id"].as_str().unwrap();
    let form = |filled_from: &str| {
        [
            ("version", "0".to_owned()),
            ("client", "C007".to_owned()),
            ("name", String::new()),
            ("reference", "K100".to_owned()),
            ("starts_on", "2026-11-30".to_owned()),
            ("ends_on", String::new()),
            ("bill_from", String::new()),
            ("cycle", "monthly".to_owned()),
            ("timing", "advance".to_owned()),
            ("purchase_order", String::new()),
            ("template", id.to_owned()),
            ("filled_from", filled_from.to_owned()),
        ]
    };
    let submit = async |form: [(&str, String); 12]| {
        let fields: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        app.submit("/contracts/create", &fields).await
    };
    // First the form is filled in and shown; nothing is kept.
    let (status, html) = submit(form("")).await;
    assert!(
        status == 200 && html.contains("Filled in from Managed services"),
        "{html}"
    );
    assert!(
        html.contains("2027-11-30") && html.contains("PO to follow"),
        "{html}"
    );
    assert_eq!(app.get("/api/v1/contracts/K100").await.0, 404);

    // Nothing is there to follow: that line is left out and named.
    let mut filled = form(id);
    filled[2].1 = "Offices".to_owned();
    filled[7].1 = "quarterly".to_owned();
    let (status, said) = submit(filled.clone()).await;
    assert_eq!(status, 303, "{said}");
    let (_, draft) = app.get("/api/v1/contracts/K100").await;
    assert_eq!(
        (&draft["standing"], &draft["cycle"]),
        (&json!("draft"), &json!("quarterly"))
    );
    assert_eq!(draft["lines"].as_array().unwrap().len(), 2, "{draft}");
    assert_eq!(draft["lines"][0]["unit_price"], "21.5");
    assert_eq!(
        draft["lines"][1]["unit_price"], "9.5",
        "the catalog's of today"
    );
    assert_eq!(draft["lines"][1]["account_code"], "215");

    // Through the API with a subscription to follow, and activated in one go.
    mapped_subscription(&app).await;
    let whole = json!({
        "reference": "K101", "client": "C007", "starts_on": "2026-12-01", "template": id,
        "status": "active",
    });
    let (status, made) = app.post("/api/v1/contracts", &whole).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["ends_on"], "2027-12-01");
    assert_eq!(made["name"], "Managed services");
    assert_eq!(
        made["lines"][2]["quantity"]["subscriptions"],
        json!(["sub-1"])
    );
    // It follows it now; another contract finds none that is free.
    let mut second = whole.clone();
    second["reference"] = json!("K102");
    let (status, refused) = app.post("/api/v1/contracts", &second).await;
    assert_eq!(status, 422);
    let said = refused["error"]["fields"]["template"].as_str().unwrap();
    assert!(said.contains("follows subscriptions"), "{said}");
    // A later price of the catalog changes no contract.
    let (_, item) = app.get("/api/v1/catalog-items/DEV-WS").await;
    let change = json!({ "version": item["version"], "unit_price": "11.00" });
    let path = format!("/api/v1/catalog-items/{}", item["id"].as_str().unwrap());
    let request = app.request(reqwest::Method::PATCH, &path).json(&change);
    assert_eq!(request.send().await.unwrap().status(), 200);
    let (_, kept) = app.get("/api/v1/contracts/K101").await;
    assert_eq!(kept["lines"][1]["unit_price"], "9.5");
}

/// The client buys something that is mapped to the first item.
async fn mapped_subscription(app: &TestApp) {
    let pax8 = connect(app, "pax8").await;
    subscription(app, pax8, "sub-1", 7, "2026-02-01").await;
    let mut tx = app.app.db.write(app.org).await.unwrap();
    for statement in [
        "insert into client_link (org_id, connection_id, external_id, client_id, state, reason) \
         select $1, $2, 'company-1', id, 'mapped', 'said so' from client \
         where org_id = $1 and reference = 'C007'",
        "insert into catalog_link (org_id, connection_id, external_id, catalog_item_id, state, \
         reason) select $1, $2, 'product-1', id, 'mapped', 'said so' from catalog_item \
         where org_id = $1 and code = 'M365-BP'",
    ] {
        sql(statement)
            .bind(app.org)
            .bind(pax8)
            .run(&mut tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn a_contract_is_kept_as_a_template(app: TestApp) {
    groundwork(&app).await;
    let contract = json!({
        "reference": "K007", "client": "C007", "name": "Managed services", "status": "active",
        "starts_on": "2026-01-01", "ends_on": "2027-01-01", "cycle": "monthly",
        "timing": "advance", "lines": [
            { "item": "M365-BP", "quantity": { "source": "fixed", "quantity": "18" } },
        ],
    });
    let (_, made) = app.post("/api/v1/contracts", &contract).await;
    let line = made["lines"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/contract-lines/{line}/changes");
    let dearer = json!({ "effective_on": "2026-06-01", "unit_price": "24" });
    assert_eq!(app.post(&path, &dearer).await.0, 201);
    let from = json!({ "from_contract": "K007", "name": "As at Harbour" });
    let (status, kept) = app.post("/api/v1/contract-templates", &from).await;
    assert_eq!(status, 201, "{kept}");
    assert_eq!(kept["term_months"], 12);
    assert_eq!(kept["lines"][0]["unit_price"], "24", "today's");
    assert_eq!(kept["lines"][0]["starts_on"], Value::Null);
    let page = format!("/contracts/{}/template", made["id"].as_str().unwrap());
    let (status, said) = app.submit(&page, &[]).await;
    assert_eq!(status, 303, "{said}");
    let (_, all) = app.get("/api/v1/contract-templates").await;
    assert_eq!(all["items"].as_array().unwrap().len(), 2);

    // Prices in one currency are no prices in another.
    let client = json!({ "reference": "C008", "name": "Oslo AS", "currency": "NOK" });
    assert_eq!(app.post("/api/v1/clients", &client).await.0, 201);
    let elsewhere = json!({
        "client": "C008", "starts_on": "2026-12-01", "template": kept["id"],
    });
    let (status, refused) = app.post("/api/v1/contracts", &elsewhere).await;
    assert_eq!(status, 422);
    let said = refused["error"]["fields"]["template"].as_str().unwrap();
    assert!(
        said.contains("its prices are in GBP and Oslo AS is invoiced in NOK"),
        "{said}"
    );
}
