//! As a person makes one: forms, the list, its file, rejection.

use serde_json::Value;

use super::posted_invoice;
use crate::{
    features::generated_invoices::tests::agreed_world,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(agreed_world => a_credit_note_is_made_edited_and_rejected_by_hand);

async fn only_note(app: &TestApp) -> Value {
    let (_, found) = app.get("/api/v1/credit-notes").await;
    found["items"][0].clone()
}

async fn a_credit_note_is_made_edited_and_rejected_by_hand(app: TestApp) {
    let (_, clients) = app.get("/api/v1/clients").await;
    let client = clients["items"][0]["id"].as_str().unwrap();
    let (status, page) = app.page("/credit-notes/create").await;
    assert!(status == 200 && page.contains(client), "{page}");
    let mut form = vec![
        ("client", client),
        ("reason", ""),
        ("description", "An hour too many"),
        ("quantity", "1.5"),
        ("unit_price", "95.123456"),
        ("tax_type", "OUTPUT2"),
        ("account_code", "200"),
    ];
    let (status, page) = app.submit("/credit-notes/create", &form).await;
    assert_eq!(status, 422, "{page}");
    assert!(page.contains("four decimal places") && page.contains("must not be empty"));
    form[1].1 = "Goodwill";
    form[4].1 = "95.00";
    let (status, page) = app.submit("/credit-notes/create", &form).await;
    assert_eq!(status, 303, "{page}");
    let note = only_note(&app).await;
    assert_eq!(
        (note["net_minor"].as_i64(), note["tax_minor"].as_i64()),
        (Some(14_250), Some(2850))
    );

    let place = format!("/credit-notes/{}", note["id"].as_str().unwrap());
    let (status, page) = app.page(&format!("{place}/edit")).await;
    assert!(status == 200 && page.contains("An hour too many"), "{page}");
    let version = note["version"].to_string();
    form.push(("version", &version));
    form[3].1 = "1";
    let (status, page) = app.submit(&format!("{place}/edit"), &form).await;
    assert_eq!(status, 303, "{page}");
    let edited = only_note(&app).await;
    assert_eq!(edited["net_minor"], 9500);
    let (status, page) = app.page("/credit-notes?q=goodwill").await;
    assert!(status == 200 && page.contains(&place), "{page}");
    let (status, file) = app.page("/credit-notes/export.csv").await;
    assert!(status == 200 && file.contains("95.00"), "{file}");

    let version = edited["version"].to_string();
    let empty = [("version", version.as_str()), ("reason", " ")];
    let (status, page) = app.submit(&format!("{place}/reject"), &empty).await;
    assert!(status == 422 && page.contains("say why"), "{page}");
    let why = [("version", version.as_str()), ("reason", "Not agreed")];
    let (status, _) = app.submit(&format!("{place}/reject"), &why).await;
    assert_eq!(
        (status, &only_note(&app).await["status"]),
        (303, &"rejected".into())
    );
    of_an_invoice(&app).await;
}

/// Amounts beside the lines of an invoice; approved and posted from its page.
async fn of_an_invoice(app: &TestApp) {
    let posted = posted_invoice(app).await;
    let invoice = posted["id"].as_str().unwrap();
    let line = posted["lines"][0]["id"].as_str().unwrap();
    let (status, page) = app
        .page(&format!("/credit-notes/create?invoice={invoice}"))
        .await;
    assert!(status == 200 && page.contains(line), "{page}");
    let form = |amount: &'static str| {
        [
            ("invoice", invoice),
            ("reason", "Billed twice"),
            ("line", line),
            ("amount", amount),
        ]
    };
    for (amount, why) in [
        ("1.001", "decimal places"),
        ("9999999", "is left to credit"),
    ] {
        let (status, page) = app.submit("/credit-notes/create", &form(amount)).await;
        assert!(status == 422 && page.contains(why), "{amount}: {page}");
    }
    let (status, page) = app.submit("/credit-notes/create", &form("1.00")).await;
    assert_eq!(status, 303, "{page}");
    let note = only_note(app).await;
    let place = format!("/credit-notes/{}", note["id"].as_str().unwrap());
    let version = note["version"].to_string();
    let (status, _) = app
        .submit(&format!("{place}/approve"), &[("version", &version)])
        .await;
    assert_eq!(status, 303);
    let (status, page) = app.page(&format!("{place}/post")).await;
    assert!(status == 200 && page.contains("Give back"), "{page}");
    let version = only_note(app).await["version"].to_string();
    let (status, page) = app
        .submit(&format!("{place}/post"), &[("version", &version)])
        .await;
    assert_eq!(status, 303, "{page}");
    app.run_jobs().await;
    let (status, page) = app.page("/credit-notes?status=sent").await;
    assert!(status == 200 && page.contains(&place), "{page}");
}
