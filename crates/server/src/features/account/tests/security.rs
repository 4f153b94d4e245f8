//! Passwords, authenticator apps, recovery codes.

use super::{Visitor, make_factors_stale};
use crate::testing::{OWNER, PASSWORD, TestApp, on_both_engines, wire::code};

on_both_engines!(TestApp::start =>
    a_password_is_changed_and_ends_the_other_sessions,
    an_app_counts_once_it_has_shown_a_code,
    a_recovery_code_lets_in_once,
    what_was_shown_long_ago_is_asked_again,
    without_an_app_nothing_is_recovered,
);

const SECURITY: &str = "/account/security";
const NEW: &str = "seven unrelated kettles";

async fn a_password_is_changed_and_ends_the_other_sessions(app: TestApp) {
    let (here, there) = (Visitor::enters(&app).await, Visitor::enters(&app).await);
    let path = format!("{SECURITY}/password");
    for (current, new, told) in [
        ("wrong wrong wrong", NEW, "this is not your password"),
        ("", NEW, "this is not your password"),
        (PASSWORD, "short", "at least 12 characters"),
        (PASSWORD, "password1234", "among the first passwords"),
        (PASSWORD, "owner@example.com", "among the first passwords"),
    ] {
        let fields = [("factor", current), ("password", new)];
        let (status, page) = here.submits(&path, &fields).await;
        assert_eq!(status, 422, "{current} {new}");
        assert!(page.contains(told), "{told}: {page}");
    }
    assert_eq!(there.opens("/").await.0, 200);
    let fields = [("factor", PASSWORD), ("password", NEW)];
    assert_eq!(here.submits(&path, &fields).await.0, 303);
    assert_eq!(there.opens("/").await.0, 303, "signed out");
    let (status, page) = here.opens("/account/history").await;
    assert_eq!(status, 200);
    for told in [
        "Your password was changed",
        "A wrong password was entered",
        "Firefox on Linux",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let old = [("email", OWNER), ("password", PASSWORD)];
    assert_eq!(here.submits("/sign-in", &old).await.0, 422);
    let new = [("email", OWNER), ("password", NEW)];
    assert_eq!(here.submits("/sign-in", &new).await.0, 303);
}

/// What a page shows between two words.
pub fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = page
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before}: {page}"));
    rest.split_once(after).unwrap().0
}

/// Begins an authenticator app; where it is set up, and its secret.
async fn begun(visitor: &Visitor<'_>, name: &str) -> (String, String) {
    let path = format!("{SECURITY}/factors");
    let answer = visitor.send(&path, &[("name", name)]).await;
    assert_eq!(answer.status(), 303);
    let place = answer.headers()["location"].to_str().unwrap().to_owned();
    let (status, page) = visitor.opens(&place).await;
    assert_eq!(status, 200);
    assert!(page.contains("data:image/svg+xml;base64,"), "{page}");
    let secret = between(&page, "<p class=\"mono\">", "</p>").replace(' ', "");
    (place, secret)
}

/// Adds the first app; its secret and the recovery codes.
async fn added(app: &TestApp, visitor: &Visitor<'_>) -> (String, Vec<String>) {
    let (place, secret) = begun(visitor, "Phone").await;
    let shown = code(app, &secret, -1);
    let (status, page) = visitor.submits(&place, &[("code", &shown)]).await;
    assert_eq!(status, 200, "{page}");
    let list = between(&page, "<ol class=\"codes mono\" role=\"list\">", "</ol>");
    let codes: Vec<String> = list
        .split("<li>")
        .skip(1)
        .map(|item| item.split("</li>").next().unwrap().to_owned())
        .collect();
    assert_eq!(codes.len(), 10, "{page}");
    (secret, codes)
}

async fn an_app_counts_once_it_has_shown_a_code(app: TestApp) {
    let visitor = Visitor::enters(&app).await;
    let (status, page) = visitor.submits(&format!("{SECURITY}/factors"), &[]).await;
    assert_eq!(status, 422);
    assert!(page.contains("give it a name"), "{page}");
    let (place, _) = begun(&visitor, "Phone").await;
    let (status, page) = visitor.submits(&place, &[("code", "000000")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("this is not its code now"), "{page}");
    assert_eq!(visitor.opens("/").await.0, 200, "nothing is asked yet");

    let (secret, _) = added(&app, &visitor).await;
    let (_, page) = visitor.opens(SECURITY).await;
    assert!(page.contains("10 of 10 left"), "{page}");
    assert_eq!(visitor.opens("/").await.0, 200, "it was shown here");
    let another = Visitor::enters(&app).await;
    assert_eq!(another.opens("/").await.0, 303, "elsewhere it is asked");

    let (place, second) = begun(&visitor, "Tablet").await;
    let (status, _) = visitor
        .submits(&place, &[("code", &code(&app, &second, 0))])
        .await;
    assert_eq!(status, 303, "codes are there already");
    assert_eq!(
        visitor.opens(&place).await.0,
        303,
        "its secret is shown no more"
    );
    for place in ids(&visitor).await {
        let (status, _) = visitor.submits(&format!("{place}/remove"), &[]).await;
        assert_eq!(status, 303);
    }
    let (_, page) = visitor.opens(SECURITY).await;
    assert!(
        page.contains("None yet") && !page.contains("Recovery codes"),
        "{page}"
    );
    let free = Visitor::enters(&app).await;
    assert_eq!(free.opens("/").await.0, 200, "nothing is asked any more");
    assert!(!secret.is_empty());
}

/// Where the apps of the page are.
async fn ids(visitor: &Visitor<'_>) -> Vec<String> {
    let (_, page) = visitor.opens(SECURITY).await;
    page.split("action=\"/account/security/factors/")
        .skip(1)
        .map(|rest| format!("{SECURITY}/factors/{}", rest.split('/').next().unwrap()))
        .collect()
}

async fn a_recovery_code_lets_in_once(app: TestApp) {
    let visitor = Visitor::enters(&app).await;
    let (_, codes) = added(&app, &visitor).await;
    let enter = async |code: &str| {
        let lost = Visitor::enters(&app).await;
        let (status, _) = lost.submits("/second-factor", &[("code", code)]).await;
        (status, lost.opens("/").await.0)
    };
    let sloppy = codes[0].to_uppercase().replace('-', " ");
    assert_eq!(enter(&sloppy).await, (303, 200));
    assert_eq!(enter(&codes[0]).await, (422, 303), "once");
    assert_eq!(enter("00000-00000").await, (422, 303));
    let (_, page) = visitor.opens(SECURITY).await;
    assert!(page.contains("9 of 10 left"), "{page}");
    let (_, page) = visitor.opens("/account/history").await;
    for told in [
        "A recovery code was used; 9 left",
        "A wrong code was entered",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }

    let path = format!("{SECURITY}/recovery-codes");
    let (status, page) = visitor.submits(&path, &[]).await;
    assert_eq!(status, 200);
    assert!(!page.contains(&codes[1]), "new ones");
    assert_eq!(enter(&codes[1]).await, (422, 303), "the old ones end");
}

async fn what_was_shown_long_ago_is_asked_again(app: TestApp) {
    let visitor = Visitor::enters(&app).await;
    make_factors_stale(&app).await;
    let path = format!("{SECURITY}/factors");
    let (status, page) = visitor.submits(&path, &[("name", "Phone")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("enter your password to go on"), "{page}");
    assert!(page.contains("value=\"Phone\""), "what was typed stays");
    let fields = [("name", "Phone"), ("factor", PASSWORD)];
    assert_eq!(visitor.submits(&path, &fields).await.0, 303);
    let (secret, _) = added(&app, &visitor).await;

    make_factors_stale(&app).await;
    let place = ids(&visitor).await.remove(0);
    for path in [
        format!("{place}/remove"),
        format!("{SECURITY}/recovery-codes"),
    ] {
        for wrong in ["", PASSWORD] {
            let (status, page) = visitor.submits(&path, &[("factor", wrong)]).await;
            assert_eq!(status, 422, "{path}: {page}");
        }
    }
    let shown = code(&app, &secret, 1);
    let (status, _) = visitor
        .submits(&format!("{place}/remove"), &[("factor", &shown)])
        .await;
    assert_eq!(status, 303);
}

async fn without_an_app_nothing_is_recovered(app: TestApp) {
    let visitor = Visitor::enters(&app).await;
    let path = format!("{SECURITY}/recovery-codes");
    let (status, page) = visitor.submits(&path, &[]).await;
    assert_eq!(status, 409);
    assert!(page.contains("add an authenticator app first"), "{page}");
    let unknown = format!("{SECURITY}/factors/fac_{}", uuid::Uuid::nil());
    assert_eq!(visitor.opens(&unknown).await.0, 404);
    assert_eq!(visitor.opens(&format!("{SECURITY}/factors/x")).await.0, 404);
}
