//! Where one is signed in, and what one is told of it.

use super::Visitor;
use crate::testing::{TestApp, on_both_engines};

on_both_engines!(TestApp::start =>
    a_session_is_ended_from_another,
    a_new_device_is_told_until_it_was_seen,
    a_long_history_has_pages,
);

mod somewhere {
    use super::*;

    on_both_engines!(with_places => places_are_said_where_they_are_known);

    async fn with_places(engine: crate::db::Engine) -> TestApp {
        TestApp::configured(engine, |config| {
            config.server.trusted_proxy = true;
            let crate_folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
            config.server.location_database = crate_folder.join("src/places/made_up.mmdb");
        })
        .await
    }

    async fn places_are_said_where_they_are_known(app: TestApp) {
        let here = Visitor::enters(&app).await;
        let fields = [
            ("email", crate::testing::OWNER),
            ("password", crate::testing::PASSWORD),
        ];
        let elsewhere = app
            .anonymous(reqwest::Method::POST, "/sign-in")
            .header("sec-fetch-site", "same-origin")
            .header("x-forwarded-for", "192.0.2.7")
            .header(reqwest::header::USER_AGENT, SAFARI);
        let answer = elsewhere.form(&fields).send().await.unwrap();
        assert_eq!(answer.status(), 303);
        let (_, page) = here.opens(SESSIONS).await;
        let told = "Safari on iPhone from 192.0.2.7 (Leeds, United Kingdom)";
        assert!(page.contains(told), "{page}");
        assert!(page.contains(">Leeds, United Kingdom</span>"), "{page}");
        let (_, page) = here.opens("/account/history").await;
        assert!(page.contains("192.0.2.7 (Leeds, United Kingdom)"), "{page}");
    }
}

const SESSIONS: &str = "/account/sessions";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                      (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

/// Where the others are ended.
async fn ends(visitor: &Visitor<'_>) -> Vec<String> {
    let (status, page) = visitor.opens(SESSIONS).await;
    assert_eq!(status, 200);
    page.split("action=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .filter(|path| path.starts_with("/account/sessions/ses_"))
        .collect()
}

async fn a_session_is_ended_from_another(app: TestApp) {
    let here = Visitor::enters(&app).await;
    let phone = Visitor::enters_with(&app, SAFARI).await;
    let (_, page) = here.opens(SESSIONS).await;
    for told in [
        "Safari on iPhone",
        "Firefox on Linux",
        "This one",
        "A program",
        "API",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert_eq!(ends(&here).await.len(), 2, "the phone's and the test's own");
    assert_eq!(ends(&phone).await.len(), 2);
    assert_eq!(phone.opens("/clients").await.0, 200);
    assert_eq!(
        here.submits(&format!("{SESSIONS}/end-others"), &[]).await.0,
        303
    );
    assert_eq!(
        phone.opens("/clients").await.0,
        303,
        "out at the next click"
    );
    assert_eq!(ends(&here).await.len(), 0);

    let again = Visitor::enters_with(&app, SAFARI).await;
    let end = ends(&here).await.remove(0);
    assert_eq!(here.submits(&end, &[]).await.0, 303);
    assert_eq!(again.opens("/clients").await.0, 303);
    assert_eq!(here.submits(&end, &[]).await.0, 303, "twice is as good");
    let stranger = app
        .add_person("other@example.com", crate::http::Role::Owner)
        .await;
    let request = app
        .anonymous(reqwest::Method::POST, &end)
        .bearer_auth(stranger);
    assert_eq!(request.send().await.unwrap().status(), 404, "not another's");
    let (_, page) = here.opens("/account/history").await;
    for told in [
        "The session on Safari on iPhone was ended",
        "All other sessions were ended",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
}

async fn a_new_device_is_told_until_it_was_seen(app: TestApp) {
    let here = Visitor::enters(&app).await;
    let (_, page) = here.opens("/").await;
    assert!(!page.contains("New sign-in"), "not of itself: {page}");
    let phone = Visitor::enters_with(&app, SAFARI).await;
    let (_, page) = here.opens("/").await;
    assert!(page.contains("New sign-in: Safari on iPhone"), "{page}");
    let (_, page) = phone.opens("/").await;
    assert!(!page.contains("New sign-in: Safari"), "{page}");
    let (_, page) = here.opens(SESSIONS).await;
    assert!(
        page.contains("New: Safari on iPhone from 127.0.0.1"),
        "{page}"
    );
    assert_eq!(here.submits(&format!("{SESSIONS}/seen"), &[]).await.0, 303);
    Visitor::enters_with(&app, SAFARI).await;
    let (_, page) = here.opens("/").await;
    assert!(!page.contains("New sign-in"), "it is known by now: {page}");
}

async fn a_long_history_has_pages(app: TestApp) {
    let mut last = Visitor::enters(&app).await;
    for _ in 0..55 {
        last = Visitor::enters(&app).await;
    }
    let (_, page) = last.opens("/account/history").await;
    assert_eq!(page.matches("You signed in with your password").count(), 50);
    let next = page.split("rel=\"next\" href=\"").nth(1).unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    let (status, page) = last.opens(&next).await;
    assert_eq!(status, 200);
    assert!(
        page.matches("You signed in with your password").count() >= 6,
        "{page}"
    );
    assert!(page.contains("First"), "{page}");
    let (status, _) = last.opens("/account/history?cursor=x").await;
    assert_eq!(status, 422);
}
