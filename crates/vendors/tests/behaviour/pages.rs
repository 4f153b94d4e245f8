//! Lists that move, repeat and break while they are read.

use serde_json::json;
use vendors::{Cursor, Disturbance};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer};

use crate::stage::{companies, json_text, ok, pax8_stage};

async fn page(server: &MockServer, number: &str, body: serde_json::Value) {
    Mock::given(method("GET"))
        .and(path("/v1/companies"))
        .and(query_param("page", number))
        .and(query_param("size", "200"))
        .and(query_param("sort", "name"))
        .respond_with(ok(&body))
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_list_is_read_page_by_page_and_resumed_from_a_stored_cursor() {
    let (server, stage) = pax8_stage().await;
    page(&server, "0", companies(&["a", "b"], 0, 3)).await;
    page(&server, "1", companies(&["c"], 1, 3)).await;
    let pax8 = stage.pax8();
    let first = pax8.companies(None).await.unwrap();
    assert_eq!((first.items.len(), first.total), (2, Some(3)));
    let stored = serde_json::to_string(&first.next.unwrap()).unwrap();
    let cursor: Cursor = serde_json::from_str(&stored).unwrap();
    let second = pax8.companies(Some(&cursor)).await.unwrap();
    assert_eq!(second.items[0].id, "c");
    assert_eq!((second.next, second.disturbed), (None, None));
}

#[tokio::test]
async fn a_list_that_moves_is_reported_with_what_it_gave() {
    let cases = [
        (companies(&["a", "b"], 1, 5), Disturbance::Repeated),
        (companies(&["b", "c"], 1, 5), Disturbance::Repeated),
        (
            companies(&["c", "d"], 1, 4),
            Disturbance::TotalChanged { was: 5, now: 4 },
        ),
        (
            companies(&["c", "d"], 0, 5),
            Disturbance::OtherPage { asked: 1, got: 0 },
        ),
        (
            companies(&["c"], 1, 5),
            Disturbance::Short {
                expected: 2,
                got: 1,
            },
        ),
    ];
    for (second, disturbance) in cases {
        let (server, stage) = pax8_stage().await;
        page(&server, "0", companies(&["a", "b"], 0, 5)).await;
        page(&server, "1", second).await;
        let pax8 = stage.pax8();
        let first = pax8.companies(None).await.unwrap();
        let second = pax8.companies(first.next.as_ref()).await.unwrap();
        assert_eq!(second.disturbed, Some(disturbance));
        assert!(!second.items.is_empty());
    }
}

#[tokio::test]
async fn one_bad_element_and_one_unknown_word_do_not_stop_a_list() {
    let (server, stage) = pax8_stage().await;
    let content = json!([
        {"id": "a", "name": "A", "status": "Hibernating", "futureField": {"x": [1]}},
        {"id": "b", "name": null},
        {"id": "c", "name": "C"},
    ]);
    let info = json!({"size": 200, "totalElements": 3, "totalPages": 1, "number": 0});
    page(&server, "0", json!({"content": content, "page": info})).await;
    let page = stage.pax8().companies(None).await.unwrap();
    let ids: Vec<&str> = page
        .items
        .iter()
        .map(|company| company.id.as_str())
        .collect();
    assert_eq!(ids, ["a", "c"]);
    assert_eq!(
        page.items[0].status.as_ref().unwrap().as_str(),
        "Hibernating"
    );
    assert_eq!(page.broken[0].id.as_deref(), Some("b"));
    assert_eq!(page.disturbed, None);
}

/// The worker spawns its jobs: every future must be able to move between threads.
#[tokio::test]
async fn calls_can_run_in_a_task_of_their_own() {
    let (server, stage) = pax8_stage().await;
    page(&server, "0", companies(&["a"], 0, 1)).await;
    let pax8 = stage.pax8();
    let spawned = tokio::spawn(async move { pax8.companies(None).await });
    assert_eq!(spawned.await.unwrap().unwrap().items.len(), 1);
    let (xero, key) = (
        stage.xero(),
        vendors::http::IdempotencyKey::new("k").unwrap(),
    );
    let spawned = tokio::spawn(async move {
        xero.invoices(&vendors::xero::InvoiceFilter::default(), None)
            .await
            .unwrap_err();
        xero.set_status("i", vendors::xero::InvoiceMove::Void, &key)
            .await
    });
    assert!(spawned.await.unwrap().is_err());
}

#[tokio::test]
async fn names_of_any_length_and_script_are_data() {
    let (server, stage) = pax8_stage().await;
    let name = "<script>alert('ü')</script> 株式会社 ".repeat(10);
    let body = json!({"content": [{"id": "a", "name": name}]}).to_string();
    Mock::given(path("/v1/companies"))
        .respond_with(json_text(&body))
        .mount(&server)
        .await;
    assert_eq!(
        stage.pax8().companies(None).await.unwrap().items[0].name,
        name
    );
}
