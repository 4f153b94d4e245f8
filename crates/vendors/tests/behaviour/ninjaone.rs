//! NinjaOne's cursor, device times and tokens.

use serde_json::{Value, json};
use vendors::ninjaone::NodeClass;
use vendors::{Disturbance, Error};
use wiremock::matchers::{
    body_string_contains, header, method, path, query_param, query_param_is_missing,
};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::stage::{Stage, ok};

async fn stage() -> (MockServer, Stage) {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/ninja/ws/oauth/token"))
        .and(body_string_contains("grant_type=client_credentials"))
        .and(body_string_contains("scope=monitoring"))
        .respond_with(ok(
            &json!({"access_token": "ninja-access", "expires_in": 3600}),
        ))
        .mount(&server)
        .await;
    let stage = Stage::at(server.uri());
    (server, stage)
}

fn devices(ids: std::ops::Range<i64>) -> Value {
    ids.map(|id| {
        json!({"id": id, "organizationId": 2, "nodeClass": "WINDOWS_SERVER", "displayName": "srv",
            "lastContact": 1_700_000_000.25, "lastUpdate": null})
    })
    .collect()
}

#[tokio::test]
async fn devices_are_read_to_the_end_each_page_from_the_last_but_one() {
    let (server, stage) = stage().await;
    let list = || {
        Mock::given(path("/ninja/v2/devices-detailed"))
            .and(header("authorization", "Bearer ninja-access"))
            .and(query_param("pageSize", "1000"))
    };
    list()
        .and(query_param_is_missing("after"))
        .respond_with(ok(&devices(1..1001)))
        .mount(&server)
        .await;
    list()
        .and(query_param("after", "999"))
        .respond_with(ok(&devices(1000..1004)))
        .mount(&server)
        .await;
    list()
        .and(query_param("after", "1002"))
        .respond_with(ok(&devices(1003..1004)))
        .mount(&server)
        .await;
    let ninja = stage.ninjaone();
    let first = ninja.devices(None).await.unwrap();
    let second = ninja.devices(first.next.as_ref()).await.unwrap();
    assert_eq!((first.items.len(), second.items.len()), (1000, 3));
    let third = ninja.devices(second.next.as_ref()).await.unwrap();
    assert_eq!((third.items.len(), third.next), (0, None));
    assert_eq!((second.disturbed, third.disturbed), (None, None));
    let device = &second.items[0];
    assert_eq!(
        (device.id, device.name(), &device.node_class),
        (1001, "srv", &NodeClass::WindowsServer)
    );
    assert_eq!(
        device.last_contact.unwrap().to_rfc3339(),
        "2023-11-14T22:13:20.250+00:00"
    );
}

#[tokio::test]
async fn a_page_that_comes_twice_ends_the_list_and_is_told() {
    let (server, stage) = stage().await;
    let same = Mock::given(path("/ninja/v2/devices-detailed")).respond_with(ok(&devices(1..1001)));
    same.mount(&server).await;
    let ninja = stage.ninjaone();
    let first = ninja.devices(None).await.unwrap();
    let second = ninja.devices(first.next.as_ref()).await.unwrap();
    assert_eq!(second.disturbed, Some(Disturbance::Repeated));
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn a_list_that_moved_between_two_pages_is_noticed() {
    let (server, stage) = stage().await;
    let list = || Mock::given(path("/ninja/v2/devices-detailed"));
    list()
        .and(query_param_is_missing("after"))
        .respond_with(ok(&devices(1..1001)))
        .mount(&server)
        .await;
    list()
        .and(query_param("after", "999"))
        .respond_with(ok(&devices(1002..1004)))
        .mount(&server)
        .await;
    let ninja = stage.ninjaone();
    let first = ninja.devices(None).await.unwrap();
    let second = ninja.devices(first.next.as_ref()).await.unwrap();
    assert_eq!(second.disturbed, Some(Disturbance::Gap));
    assert_eq!(second.items.len(), 2, "what came is kept");
}

#[tokio::test]
async fn organizations_and_odd_devices() {
    let (server, stage) = stage().await;
    let organizations = json!([{"id": 2, "name": "Acme", "tags": null}, {"name": "no id"}]);
    Mock::given(path("/ninja/v2/organizations"))
        .respond_with(ok(&organizations))
        .mount(&server)
        .await;
    let odd = json!([{"id": 7, "organizationId": 2, "nodeClass": "QUANTUM_TOASTER"}]);
    Mock::given(path("/ninja/v2/devices-detailed"))
        .respond_with(ok(&odd))
        .mount(&server)
        .await;
    let ninja = stage.ninjaone();
    ninja.test().await.unwrap();
    let page = ninja.organizations(None).await.unwrap();
    assert_eq!((page.items.len(), page.broken.len()), (1, 1));
    let device = ninja.devices(None).await.unwrap().items.remove(0);
    assert_eq!(
        device.node_class,
        NodeClass::Other("QUANTUM_TOASTER".to_owned())
    );
    assert_eq!(device.name(), "(no name)");
}

#[tokio::test]
async fn wrong_credentials_and_refusals() {
    let server = MockServer::start().await;
    let bad = ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_client"}));
    Mock::given(path("/ninja/ws/oauth/token"))
        .respond_with(bad)
        .mount(&server)
        .await;
    let error = Stage::at(server.uri()).ninjaone().test().await.unwrap_err();
    assert!(matches!(error, Error::ReconnectNeeded { .. }), "{error}");

    let (server, stage) = stage().await;
    let body = json!({"resultCode": "FORBIDDEN", "errorMessage": "scope missing"});
    let denied = ResponseTemplate::new(403).set_body_json(body);
    Mock::given(path("/ninja/v2/organizations"))
        .respond_with(denied)
        .mount(&server)
        .await;
    let error = stage.ninjaone().test().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "NinjaOne refused this: scope missing. Correct it and try again."
    );
}
