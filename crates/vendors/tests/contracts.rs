//! Every call of the clients against `prism mock` with the vendors' own contracts: a wrong path,
//! header, parameter, type or enum in a request comes back as an error, and the vendors' own
//! examples must be readable to the last element.
//!
//! Needs Prism (`BILLINGONE_PRISM`, or installed under `target/tools`) and the contracts
//! (`BILLINGONE_SPECS`, or beside the checkout). Without them it fails where `CI=true` and says
//! plainly elsewhere that it did not run. Prism takes seconds and much memory, so each vendor is one
//! test that shares its servers.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

#[path = "contracts/prism.rs"]
mod prism;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use vendors::http::{
    BaseUrl, IdempotencyKey, MemoryBudget, MemoryTokens, Patience, Timeouts, TokenSet,
};
use vendors::ninjaone::{self, NinjaOne};
use vendors::pax8::{self, Pax8};
use vendors::xero::{self, Xero, XeroApp};
use vendors::{LeapingTime, Outside, Page, Secret};

use prism::{Prism, Specs};

const ID: &str = "430fa14a-f945-44d3-9f97-5df5e28441b8";

fn outside() -> Outside {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Outside {
        http: vendors::http::client(Timeouts::default()).unwrap(),
        time: Arc::new(LeapingTime::starting(now())),
        chance: Arc::new(|_: u64| 0_u64),
        budget: Arc::new(MemoryBudget::new()),
        patience: Patience {
            tries: 1,
            ..Patience::default()
        },
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-12T09:00:00Z".parse().unwrap()
}

fn base(url: &str) -> BaseUrl {
    BaseUrl::parse(url).unwrap()
}

/// Read to the last element, and not empty: an empty list proves nothing.
fn whole<T>(what: &str, page: Result<Page<T>, vendors::Error>) -> Vec<T> {
    let page = page.unwrap_or_else(|error| panic_with(what, &error));
    assert_eq!(page.broken, [], "{what}");
    assert!(!page.items.is_empty(), "{what} is empty");
    page.items
}

#[expect(clippy::panic, reason = "this is a test")]
fn panic_with(what: &str, error: &vendors::Error) -> ! {
    panic!("{what}: {error}\n{error:?}")
}

/// The contract's own example of the answer is a refusal; that the request was taken is shown by it.
fn understood<T>(what: &str, outcome: Result<T, vendors::Error>) {
    match outcome {
        Ok(_) | Err(vendors::Error::Refused(_)) => {}
        Err(error) => panic_with(what, &error),
    }
}

fn fine<T>(what: &str, outcome: Result<T, vendors::Error>) -> T {
    outcome.unwrap_or_else(|error| panic_with(what, &error))
}

/// Prism must refuse what is wrong, or its silence means nothing.
async fn refuses(url: &str) {
    let answer = reqwest::Client::builder()
        .build()
        .unwrap()
        .get(url)
        .bearer_auth("t")
        .send()
        .await;
    let status = answer.unwrap().status();
    assert!(status.is_client_error(), "{url} was answered with {status}");
}

#[tokio::test]
async fn pax8_agrees_with_the_partner_and_webhook_contracts() {
    let Some(specs) = Specs::find() else { return };
    let auth = Prism::mock(&specs, "pax8/pax8-authentication-openapi.json", |_| {}).await;
    let partner = Prism::mock(&specs, "pax8/pax8-partner-endpoints-openapi.json", |spec| {
        // Known errors of the file: a required field that does not exist, prose inside an enum.
        let item = &mut spec["components"]["schemas"]["CreateLineItem"]["required"];
        item.as_array_mut()
            .unwrap()
            .retain(|field| field != "companyId");
        let rate = &mut spec["components"]["schemas"]["InvoiceItem"]["properties"]["rateType"];
        rate.as_object_mut().unwrap().remove("enum");
    })
    .await;
    let webhooks = Prism::mock(&specs, "pax8/pax8-webhooks-api-openapi.json", |_| {}).await;
    let settings = pax8::Settings {
        api_url: base(&partner.url),
        token_url: base(&format!("{}/token", auth.url)),
        webhooks_url: base(&webhooks.url),
        audience: "https://api.pax8.com".to_owned(),
        client_id: "id".to_owned(),
        client_secret: Secret::new("secret"),
    };
    let pax8 = Pax8::new(settings, outside(), Arc::new(MemoryTokens::default()));
    refuses(&format!("{}/subscriptions?status=Asleep", partner.url)).await;
    pax8_reads(&pax8).await;
    pax8_webhooks(&pax8).await;
}

async fn pax8_reads(pax8: &Pax8) {
    fine("test", pax8.test().await);
    whole("companies", pax8.companies(None).await);
    fine("company", pax8.company(ID).await);
    whole("products", pax8.products(None).await);
    fine("product", pax8.product(ID).await);
    whole("pricing", pax8.pricing(ID, Some(ID)).await);
    let filter = pax8::SubscriptionFilter {
        company_id: Some(ID.to_owned()),
        product_id: Some(ID.to_owned()),
        status: Some(pax8::SubscriptionStatus::PendingCancel),
    };
    whole("subscriptions", pax8.subscriptions(&filter, None).await);
    fine("subscription", pax8.subscription(ID).await);
    whole("history", pax8.subscription_history(ID).await);
    whole("orders", pax8.orders(Some(ID), None).await);
    fine("order", pax8.order(ID).await);
    let bills = whole(
        "invoices",
        pax8.invoices(Some(now().date_naive()), None).await,
    );
    assert!(
        bills.iter().any(|bill| bill.status.is_some()),
        "the examples have a status"
    );
    fine("invoice", pax8.invoice(ID).await);
    whole("invoice items", pax8.invoice_items(ID, None).await);
    whole(
        "draft items",
        pax8.draft_items(pax8::DraftMonth::This, None).await,
    );
    whole(
        "draft items",
        pax8.draft_items(pax8::DraftMonth::Next, None).await,
    );
    whole("usage summaries", pax8.usage_summaries(ID, None).await);
    fine("usage summary", pax8.usage_summary(ID).await);
    whole(
        "usage lines",
        pax8.usage_lines(ID, now().date_naive(), None).await,
    );
}

async fn pax8_webhooks(pax8: &Pax8) {
    whole("topics", pax8.webhook_topics().await);
    whole("webhooks", pax8.webhooks(None).await);
    let condition = pax8::WebhookCondition {
        field: "status".to_owned(),
        operator: "EQUALS".to_owned(),
        value: vec!["Active".to_owned()],
    };
    let action = pax8::WebhookAction {
        action: "CREATED".to_owned(),
        conditions: vec![condition],
    };
    let webhook = pax8::NewWebhook {
        display_name: "BillingOne".to_owned(),
        url: "https://msp.example/hooks/pax8".parse().unwrap(),
        authorization: Secret::new("long and random"),
        active: true,
        contact_email: Some("ops@msp.example".to_owned()),
        error_threshold: 3,
        webhook_topics: vec![pax8::WebhookTopic {
            topic: "INVOICE".to_owned(),
            filters: vec![action],
        }],
    };
    fine("create webhook", pax8.create_webhook(&webhook).await);
    fine("webhook status", pax8.set_webhook_active(ID, true).await);
    fine("delete webhook", pax8.delete_webhook(ID).await);
}

#[tokio::test]
async fn xero_agrees_with_the_accounting_and_identity_contracts() {
    let Some(specs) = Specs::find() else { return };
    let accounting = Prism::mock(&specs, "xero/xero_accounting.acyclic.json", |_| {}).await;
    let identity = Prism::mock_text(&specs, "xero/xero-identity.yaml", |text| {
        // The file's example is a text that holds JSON; the wire has the JSON itself.
        text.replace("example: '[", "example: [")
            .replace("} ]'", "} ]")
    })
    .await;
    let settings = xero::Settings {
        authorize_url: base("https://login.example/identity/connect/authorize"),
        token_url: base("https://identity.example/connect/token"),
        revoke_url: base("https://identity.example/connect/revocation"),
        // The file spells it in upper case, Xero and its kits do not: an address is configuration.
        connections_url: base(&format!("{}/Connections", identity.url)),
        api_url: base(&accounting.url),
        client_id: "id".to_owned(),
        client_secret: Secret::new("secret"),
        redirect_uri: "http://localhost/x".to_owned(),
        scopes: "offline_access".to_owned(),
    };
    let app = XeroApp::new(settings, outside());
    let held = TokenSet {
        access: Secret::new("access"),
        refresh: Some(Secret::new("refresh")),
        expires_at: now() + TimeDelta::days(9),
    };
    let tokens = app.tokens(Arc::new(MemoryTokens::new(Some(held))));
    let connections = fine("connections", app.connections(&tokens, Some(ID)).await);
    assert_eq!(connections.len(), 1);
    fine("disconnect", app.disconnect(&tokens, ID).await);
    let xero = Xero::new(&app, ID, &tokens);
    refuses(&format!("{}/Invoices?page=one", accounting.url)).await;
    xero_reads(&xero).await;
    xero_writes(&xero).await;
}

async fn xero_reads(xero: &Xero) {
    fine("organisation", xero.organisation().await);
    let since = Some(now());
    whole("contacts", xero.contacts(since, None).await);
    fine("contact", xero.contact(ID).await);
    let filter = xero::InvoiceFilter {
        modified_since: since,
        condition: Some(r#"Type=="ACCREC""#.to_owned()),
        ids: vec![ID.to_owned(), ID.to_owned()],
        numbers: vec!["INV-0001".to_owned()],
        contact_ids: vec![ID.to_owned()],
        statuses: vec![xero::InvoiceStatus::Authorised, xero::InvoiceStatus::Paid],
    };
    whole("invoices", xero.invoices(&filter, None).await);
    fine("invoice", xero.invoice(ID).await);
    fine(
        "invoices by number",
        xero.invoices_numbered("INV-0001").await,
    );
    whole("payments", xero.payments(since, None).await);
    fine("payment", xero.payment(ID).await);
    fine("payments of an invoice", xero.payments_of_invoice(ID).await);
    whole("credit notes", xero.credit_notes(since, None).await);
    fine("credit note", xero.credit_note(ID).await);
    fine(
        "credit notes by number",
        xero.credit_notes_numbered("B1-CN-00001").await,
    );
    whole("items", xero.items(since).await);
    whole("tax rates", xero.tax_rates().await);
    let repeating = whole("repeating invoices", xero.repeating_invoices().await);
    assert!(repeating.iter().all(|one| one.schedule.unit.is_some()));
    whole("branding themes", xero.branding_themes().await);
    whole("tracking", xero.tracking_categories().await);
    whole("accounts", xero.accounts(since).await);
    assert!(fine("online invoice", xero.online_invoice_url(ID).await).is_some());
}

async fn xero_writes(xero: &Xero) {
    let key = IdempotencyKey::new("draft:abc:1").unwrap();
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    let draft = xero::NewInvoice {
        contact_id: ID.to_owned(),
        invoice_number: "B1-000017".to_owned(),
        reference: Some("PO 7".to_owned()),
        date: now().date_naive(),
        due_date: now().date_naive(),
        currency_code: "NZD".to_owned(),
        currency_rate: Some(decimal("1.0750")),
        line_amounts: xero::LineAmounts::Exclusive,
        branding_theme_id: Some(ID.to_owned()),
        url: Some("https://billing.example/d/1".to_owned()),
        lines: vec![xero::NewLine {
            description: "M365".to_owned(),
            quantity: decimal("5"),
            unit_amount: decimal("33.1234"),
            item_code: Some("365".to_owned()),
            account_code: Some("200".to_owned()),
            tax_type: Some("OUTPUT2".to_owned()),
            tax_amount: Some(decimal("33.12")),
            discount_rate: Some(decimal("0")),
            tracking: vec![xero::Tracking {
                category_id: ID.to_owned(),
                option_id: ID.to_owned(),
            }],
        }],
    };
    fine("create draft", xero.create_draft(&draft, &key).await);
    let wrong = xero::NewInvoice {
        line_amounts: xero::LineAmounts::from("Sometimes"),
        ..draft
    };
    let refused = xero.create_draft(&wrong, &key).await;
    assert!(refused.is_err(), "Prism does not check bodies: {refused:?}");
    for to in [
        xero::InvoiceMove::Authorise,
        xero::InvoiceMove::Void,
        xero::InvoiceMove::Delete,
    ] {
        fine("status", xero.set_status(ID, to, &key).await);
    }
    fine(
        "note",
        xero.add_history_note(ID, "Posted by BillingOne", &key)
            .await,
    );
    let payment = xero::NewPayment {
        invoice_id: ID.to_owned(),
        account_id: ID.to_owned(),
        date: now().date_naive(),
        amount: decimal("12.50"),
        reference: None,
    };
    xero_credits(xero, &key).await;
    // The contract's own example of an answer is a no inside a 200.
    let refused = xero.create_payment(&payment, &key).await.unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("exceeds the amount outstanding"),
        "{refused}"
    );
}

async fn xero_credits(xero: &Xero, key: &IdempotencyKey) {
    let note = xero::NewCreditNote {
        contact_id: ID.to_owned(),
        credit_note_number: "B1-CN-00001".to_owned(),
        reference: Some("Billed twice".to_owned()),
        date: now().date_naive(),
        currency_code: "NZD".to_owned(),
        line_amounts: xero::LineAmounts::Exclusive,
        lines: vec![xero::NewLine {
            description: "M365".to_owned(),
            quantity: Decimal::ONE,
            unit_amount: Decimal::TEN,
            item_code: None,
            account_code: Some("200".to_owned()),
            tax_type: Some("OUTPUT2".to_owned()),
            tax_amount: Some(Decimal::TWO),
            discount_rate: None,
            tracking: Vec::new(),
        }],
    };
    understood("credit note", xero.create_credit_note(&note, key).await);
    let authorise = xero::InvoiceMove::Authorise;
    fine(
        "status of a credit note",
        xero.set_credit_note_status(ID, authorise, key).await,
    );
    let allocation = xero::NewAllocation {
        invoice_id: ID.to_owned(),
        amount: Decimal::TEN,
        date: now().date_naive(),
    };
    fine("allocation", xero.allocate(ID, &allocation, key).await);
}

/// The file has no examples; without one Prism makes up the year -10^300.
fn with_times(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        lines.push(line.to_owned());
        if line.trim() == "format: double" {
            lines.push(line.replace("format: double", "example: 1700000000.25"));
        }
    }
    lines.join("\n")
}

#[tokio::test]
async fn ninjaone_agrees_with_its_contract() {
    let Some(specs) = Specs::find() else { return };
    let api = Prism::mock_text(&specs, "ninjaone/ninjaone-openapi.yml", with_times).await;
    // The token endpoint is not in the contract; a held token takes its place.
    let settings = ninjaone::Settings {
        api_url: base(&api.url),
        client_id: "id".to_owned(),
        client_secret: Secret::new("secret"),
        scopes: "monitoring".to_owned(),
    };
    let held = TokenSet {
        access: Secret::new("access"),
        refresh: None,
        expires_at: now() + TimeDelta::days(9),
    };
    let ninja = NinjaOne::new(settings, outside(), Arc::new(MemoryTokens::new(Some(held))));
    refuses(&format!("{}/v2/organizations?pageSize=many", api.url)).await;
    fine("test", ninja.test().await);
    whole("organizations", ninja.organizations(None).await);
    whole("devices", ninja.devices(None).await);
}
