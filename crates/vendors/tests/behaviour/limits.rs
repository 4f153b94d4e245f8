//! The budget of calls, against a server that counts as strictly as Xero.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use vendors::xero::InvoiceFilter;
use vendors::{LeapingTime, Time as _};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::stage::{Stage, start};

/// Counts like Xero: 60 in any minute, and says what is left.
struct Counting {
    time: Arc<LeapingTime>,
    calls: Mutex<VecDeque<DateTime<Utc>>>,
    refused: Arc<Mutex<u32>>,
    pages: u64,
}

impl Respond for Counting {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let now = self.time.now();
        let mut calls = self.calls.lock().unwrap();
        while calls
            .front()
            .is_some_and(|at| *at + TimeDelta::minutes(1) <= now)
        {
            calls.pop_front();
        }
        if calls.len() >= 60 {
            *self.refused.lock().unwrap() += 1;
            return ResponseTemplate::new(429).insert_header("Retry-After", "60");
        }
        calls.push_back(now);
        let page: u64 = request
            .url
            .query_pairs()
            .find_map(|(name, value)| (name == "page").then(|| value.parse().ok())?)
            .unwrap_or(0);
        let left = (60 - calls.len()).to_string();
        let body = json!({
            "pagination": {"page": page, "pageSize": 1, "pageCount": self.pages, "itemCount": self.pages},
            "Invoices": [{
                "InvoiceID": format!("i-{page}"), "Type": "ACCREC", "Status": "PAID",
                "Contact": {"ContactID": "c"}, "SubTotal": 1, "TotalTax": 0, "Total": 1,
            }],
        });
        ResponseTemplate::new(200)
            .insert_header("X-MinLimit-Remaining", left)
            .set_body_json(body)
    }
}

#[tokio::test]
async fn a_full_sync_takes_what_the_limit_takes_and_sees_no_429() {
    let server = MockServer::start().await;
    let stage = Stage::at(server.uri());
    let refused = Arc::new(Mutex::new(0));
    let counting = Counting {
        time: Arc::clone(&stage.time),
        calls: Mutex::default(),
        refused: Arc::clone(&refused),
        pages: 250,
    };
    Mock::given(path("/api.xro/2.0/Invoices"))
        .respond_with(counting)
        .mount(&server)
        .await;
    let xero = stage.xero();
    let (mut cursor, mut read) = (None, 0);
    loop {
        let page = xero
            .invoices(&InvoiceFilter::default(), cursor.as_ref())
            .await
            .unwrap();
        assert_eq!(page.disturbed, None);
        read += page.items.len();
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((read, *refused.lock().unwrap()), (250, 0));
    // 250 calls at 60 a minute: the last ten go out after four full minutes.
    let took = stage.now() - start();
    assert!(took <= TimeDelta::seconds(252), "it took {took}");
}

#[tokio::test]
async fn at_most_five_calls_run_at_once() {
    let server = MockServer::start().await;
    let organisation = json!({"Organisations": [{"OrganisationID": "o", "Name": "MSP"}]});
    let slow = ResponseTemplate::new(200)
        .set_body_json(organisation)
        .set_delay(std::time::Duration::from_millis(50));
    Mock::given(path("/api.xro/2.0/Organisation"))
        .respond_with(slow)
        .mount(&server)
        .await;
    let xero = Stage::at(server.uri()).xero();
    let before = std::time::Instant::now();
    let calls = (0..20).map(|_| xero.organisation());
    for outcome in futures::future::join_all(calls).await {
        outcome.unwrap();
    }
    assert!(
        before.elapsed() >= std::time::Duration::from_millis(200),
        "twenty ran in fewer than four turns"
    );
}
