//! Pax8's objects as they come over the wire, oddities included.

use chrono::NaiveDate;
use serde_json::json;
use vendors::Secret;
use vendors::pax8::{
    BillingTerm, DraftMonth, InvoiceStatus, ItemTerm, ItemType, NewWebhook, OrderedBy,
    SubscriptionFilter, SubscriptionStatus, WebhookAction, WebhookTopic,
};
use wiremock::matchers::{body_json, method, path, query_param};
use wiremock::{Mock, ResponseTemplate};

use crate::stage::{json_text, ok, pax8_stage};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_token_is_asked_for_as_pax8_wants_it() {
    let (server, stage) = pax8_stage().await;
    Mock::given(path("/v1/companies"))
        .respond_with(ok(&json!({"content": []})))
        .mount(&server)
        .await;
    stage.pax8().test().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let body: serde_json::Value = requests[0].body_json().unwrap();
    assert_eq!(
        body,
        json!({"client_id": "pax8-id", "client_secret": "pax8-hush",
            "audience": "https://api.pax8.com", "grant_type": "client_credentials"})
    );
    assert_eq!(requests[1].headers["authorization"], "Bearer pax8-access");
}

#[tokio::test]
async fn a_subscription_keeps_its_dates_and_digits() {
    let (server, stage) = pax8_stage().await;
    let body = r#"{"content":[{
        "id":"s","companyId":"c","productId":"p","quantity":5,"startDate":"2021-01-01T23:30:00-0700",
        "createdDate":"2020-12-01T13:20:13.153-0700","updatedDate":"2023-08-11T11:33:12.314-0600",
        "billingStart":"2021-01-01","status":"PendingCancel","price":86.4560,"partnerCost":77.000000001,
        "currencyCode":"GBP","billingTerm":"2-Year","commitmentTerm":{"term":"1-Year","endDate":"2027-01-01T00:00:00Z"},
        "vendorSubscriptionId":"","provisioningDetails":[{"key":"k"}]},
       {"id":"t","companyId":"c","productId":"p","quantity":-1.5,"status":"Frozen","commitmentTerm":null}]}"#;
    Mock::given(path("/v1/subscriptions"))
        .and(query_param("sort", "createdDate,asc"))
        .and(query_param("companyId", "c"))
        .and(query_param("status", "PendingCancel"))
        .respond_with(json_text(body))
        .mount(&server)
        .await;
    let filter = SubscriptionFilter {
        company_id: Some("c".to_owned()),
        status: Some(SubscriptionStatus::PendingCancel),
        product_id: None,
    };
    let page = stage.pax8().subscriptions(&filter, None).await.unwrap();
    let (first, second) = (&page.items[0], &page.items[1]);
    assert_eq!(
        first.start_date,
        Some(day("2021-01-01")),
        "the day as written, not shifted"
    );
    assert_eq!(
        first.created_date.unwrap().to_rfc3339(),
        "2020-12-01T20:20:13.153+00:00"
    );
    assert_eq!(first.price.unwrap().to_string(), "86.4560");
    assert_eq!(first.partner_cost.unwrap().to_string(), "77.000000001");
    assert_eq!(first.billing_term.as_ref().unwrap().months(), Some(24));
    assert_eq!(
        first.commitment_term.as_ref().unwrap().end_date,
        Some(day("2027-01-01"))
    );
    assert_eq!(first.vendor_subscription_id, None);
    assert_eq!(second.quantity.to_string(), "-1.5");
    assert_eq!(
        second.status,
        SubscriptionStatus::Other("Frozen".to_owned())
    );
    assert_eq!(second.commitment_term, None);
    assert_eq!(BillingTerm::from("Trial").months(), None);
}

#[tokio::test]
async fn history_and_prices_come_whole() {
    let (server, stage) = pax8_stage().await;
    let states = json!({"content": [
        {"id": "s", "companyId": "c", "productId": "p", "quantity": 4, "status": "Active"},
        {"id": "s", "companyId": "c", "productId": "p", "quantity": 5, "status": "Active"},
    ]});
    Mock::given(path("/v1/subscriptions/s/history"))
        .respond_with(ok(&states))
        .mount(&server)
        .await;
    let prices = json!({"content": [{"productId": "p", "billingTerm": "Monthly", "type": "Mark-Up",
        "rates": [{"partnerBuyRate": 145.8, "startQuantityRange": 1, "endQuantityRange": null, "chargeType": "Per Unit"}]}]});
    Mock::given(path("/v1/products/p/pricing"))
        .and(query_param("companyId", "c"))
        .respond_with(ok(&prices))
        .mount(&server)
        .await;
    let pax8 = stage.pax8();
    let history = pax8.subscription_history("s").await.unwrap();
    assert_eq!(
        (history.items.len(), history.next, history.disturbed),
        (2, None, None)
    );
    let pricing = pax8.pricing("p", Some("c")).await.unwrap();
    let rate = &pricing.items[0].rates[0];
    assert_eq!(rate.partner_buy_rate.unwrap().to_string(), "145.8");
    assert_eq!(rate.end_quantity_range, None);
}

#[tokio::test]
async fn bills_and_their_lines() {
    let (server, stage) = pax8_stage().await;
    let bills = json!({"content": [
        {"id": "i1", "invoiceDate": "2026-10-04", "dueDate": "2026-10-20", "total": 10.5, "status": "Credited"},
        {"id": "i2", "invoiceDate": "2026-10-05", "total": 10.25},
    ]});
    Mock::given(path("/v1/invoices"))
        .and(query_param("sort", "invoiceDate"))
        .and(query_param("invoiceDateRangeStart", "2026-10-01"))
        .respond_with(ok(&bills))
        .mount(&server)
        .await;
    let lines = json!({"content": [{"id": "l1", "type": "prorate", "term": "3 Year", "rateType": "flat",
        "chargeType": "per", "startPeriod": "2026-10-01", "endPeriod": "2026-10-31", "quantity": -2,
        "cost": 3.125, "costTotal": -6.25, "subscriptionId": null, "billedByPax8": "true"},
        {"id": "l2", "type": "moon-fee", "term": "One-time"}]});
    Mock::given(path("/v1/invoices/i1/items"))
        .respond_with(ok(&lines))
        .mount(&server)
        .await;
    Mock::given(path("/v1/invoices/draftItems"))
        .and(query_param("monthOffset", "0"))
        .respond_with(ok(&lines))
        .mount(&server)
        .await;
    let pax8 = stage.pax8();
    let page = pax8.invoices(Some(day("2026-10-01")), None).await.unwrap();
    assert_eq!(page.items[0].status, Some(InvoiceStatus::Credited));
    assert_eq!(page.items[1].status, None);
    let page = pax8.invoice_items("i1", None).await.unwrap();
    assert_eq!(page.items[0].kind, Some(ItemType::Prorate));
    assert_eq!(page.items[0].term, Some(ItemTerm::ThreeYear));
    assert_eq!(page.items[0].end_period, Some(day("2026-10-31")));
    assert!(page.items[0].billed_by_pax8);
    assert_eq!(
        page.items[1].kind,
        Some(ItemType::Other("moon-fee".to_owned()))
    );
    assert_eq!(page.items[1].term, Some(ItemTerm::OneTime));
    assert_eq!(
        pax8.draft_items(DraftMonth::This, None)
            .await
            .unwrap()
            .items
            .len(),
        2
    );
}

#[tokio::test]
async fn orders_usage_and_products() {
    let (server, stage) = pax8_stage().await;
    let order = json!({"content": [{"id": "o", "companyId": "c", "orderedBy": "Pax8 Partner",
        "orderedByUserEmail": "jo@msp.example", "createdDate": "2026-01-02",
        "lineItems": [{"id": "l", "subscriptionId": "s", "quantity": 3}]}]});
    Mock::given(path("/v1/orders"))
        .respond_with(ok(&order))
        .mount(&server)
        .await;
    let usage = json!({"content": [{"id": "u", "resourceGroup": "rg", "partnerTotal": 12.345, "isTrial": false}]});
    Mock::given(path("/v1/subscriptions/s/usage-summaries"))
        .respond_with(ok(&usage))
        .mount(&server)
        .await;
    let lines = json!({"content": [{"usageSummaryId": "u", "usageDate": "2026-10-31", "quantity": 0.0001}]});
    Mock::given(path("/v1/usage-summaries/u/usage-lines"))
        .and(query_param("usageDate", "2026-10-31"))
        .respond_with(ok(&lines))
        .mount(&server)
        .await;
    let products = json!({"content": [{"id": "p", "name": "Suite", "vendorName": "Acme", "requiresCommitment": true}]});
    Mock::given(path("/v1/products"))
        .respond_with(ok(&products))
        .mount(&server)
        .await;
    let pax8 = stage.pax8();
    let order = pax8.orders(None, None).await.unwrap().items.remove(0);
    assert_eq!(order.ordered_by, Some(OrderedBy::Partner));
    assert_eq!(order.line_items[0].subscription_id.as_deref(), Some("s"));
    assert_eq!(
        pax8.usage_summaries("s", None).await.unwrap().items[0].id,
        "u"
    );
    let line = pax8
        .usage_lines("u", day("2026-10-31"), None)
        .await
        .unwrap()
        .items
        .remove(0);
    assert_eq!(line.quantity.unwrap().to_string(), "0.0001");
    assert!(pax8.products(None).await.unwrap().items[0].requires_commitment);
}

#[tokio::test]
async fn our_webhooks_are_made_listed_switched_and_deleted() {
    let (server, stage) = pax8_stage().await;
    let kept = json!({"id": "w", "accountId": "a", "displayName": "BillingOne", "active": true,
        "errorThreshold": 3, "webhookTopics": [{"id": "t", "topic": "INVOICE", "filters": []}],
        "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"});
    Mock::given(method("POST"))
        .and(path("/api/v2/webhooks"))
        .and(body_json(json!({
            "displayName": "BillingOne", "url": "https://msp.example/hooks/pax8",
            "authorization": "long and random", "active": true, "errorThreshold": 3,
            "webhookTopics": [{"topic": "INVOICE", "filters": [{"action": "CREATED", "conditions": []}]}],
        })))
        .respond_with(ok(&kept))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path("/api/v2/webhooks/w/status"))
        .and(body_json(json!({"active": false})))
        .respond_with(ok(&kept))
        .mount(&server)
        .await;
    let list = json!({"content": [kept], "page": {"number": 0, "size": 200, "totalElements": 1, "totalPages": 1}});
    Mock::given(method("GET"))
        .and(path("/api/v2/webhooks"))
        .respond_with(ok(&list))
        .mount(&server)
        .await;
    let topics = json!({"content": [{"topic": "INVOICE", "name": "n", "description": "d",
        "availableFilters": [{"action": "CREATED"}], "samplePayload": {"any": "thing"}}],
        "number": 0, "size": 200, "totalElements": 1, "totalPages": 1});
    Mock::given(path("/api/v2/webhooks/topic-definitions"))
        .respond_with(ok(&topics))
        .mount(&server)
        .await;
    let gone = ResponseTemplate::new(204);
    Mock::given(method("DELETE"))
        .and(path("/api/v2/webhooks/w"))
        .respond_with(gone)
        .mount(&server)
        .await;

    let pax8 = stage.pax8();
    let topic = pax8.webhook_topics().await.unwrap().items.remove(0);
    assert_eq!(topic.available_filters[0].action, "CREATED");
    let action = WebhookAction {
        action: "CREATED".to_owned(),
        conditions: Vec::new(),
    };
    let webhook = pax8
        .create_webhook(&NewWebhook {
            display_name: "BillingOne".to_owned(),
            url: "https://msp.example/hooks/pax8".parse().unwrap(),
            authorization: Secret::new("long and random"),
            active: true,
            contact_email: None,
            error_threshold: 3,
            webhook_topics: vec![WebhookTopic {
                topic: topic.topic,
                filters: vec![action],
            }],
        })
        .await
        .unwrap();
    assert_eq!(webhook.webhook_topics[0].topic, "INVOICE");
    assert_eq!(pax8.webhooks(None).await.unwrap().items.len(), 1);
    pax8.set_webhook_active("w", false).await.unwrap();
    pax8.delete_webhook("w").await.unwrap();
    pax8.delete_webhook("already gone").await.unwrap();
}
