//! Inviting and joining.

use reqwest::Method;
use serde_json::json;

use super::{Post, cookie_of, enter, enter_as, invited, member, open, send, token_of};
use crate::{
    db::{EmailLinkId, sql},
    features::team::SendInvitation,
    http::Role,
    queue::{Attempt, Job as _},
    testing::{OWNER, TestApp, on_both_engines},
};

on_both_engines!(Post::start =>
    somebody_new_joins_by_their_letter,
    with_an_account_one_joins_by_signing_in,
    an_invitation_is_taken_back_and_sent_anew,
    a_letter_leaves_once,
    too_many_letters_are_refused,
);

mod by_hand {
    use super::*;

    on_both_engines!(TestApp::start => without_mail_the_link_is_shown);

    async fn without_mail_the_link_is_shown(app: TestApp) {
        let fields = [("email", "ann@example.com"), ("role", "finance")];
        let (status, _) = app.submit("/settings/team/invitations", &fields).await;
        assert_eq!(status, 303);
        assert_eq!(app.run_jobs().await, 0, "nothing is sent");
        let (_, page) = app.page("/settings/team").await;
        assert!(page.contains("Hand over the link"), "{page}");
        let path = page
            .split("action=\"")
            .find(|part| part.contains("/link\""))
            .unwrap();
        let path = path.split('"').next().unwrap();
        let (status, page) = app.submit(path, &[]).await;
        assert_eq!(status, 200);
        let link = page.split("readonly autofocus>").nth(1).unwrap();
        let link = link.split('<').next().unwrap();
        let base = &app.app.config.server.public_url;
        let link = link.strip_prefix(base.as_str()).unwrap();
        assert_eq!(open(&app, "", link).await.0, 200);
    }
}

const NEW: &str = "seven unrelated kettles";

async fn somebody_new_joins_by_their_letter(post: Post) {
    let app = &post.app;
    let fields = [("email", " Ann@Example.com "), ("role", "finance")];
    let (status, _) = app.submit("/settings/team/invitations", &fields).await;
    assert_eq!(status, 303);
    let (_, page) = app.page("/settings/team").await;
    assert!(
        page.contains("ann@example.com") && page.contains("On its way"),
        "{page}"
    );
    let link = post.link("ann@example.com").await;
    let (_, page) = app.page("/settings/team").await;
    assert!(page.contains("Sent"), "{page}");
    assert!(enter(app, "ann@example.com", NEW).await.is_none());

    let (status, page) = open(app, "", &link).await;
    assert_eq!(status, 200);
    for told in ["Northwind IT", "Finance", "ann@example.com"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let token = token_of(&link);
    for (name, password, told) in [
        ("", NEW, "must not be empty"),
        ("Ann", "short", "at least 12 characters"),
        ("Ann", "ann@example.com", "among the first passwords"),
    ] {
        let fields = [("token", token), ("name", name), ("password", password)];
        let answer = send(app, "", "/invitation", &fields).await;
        assert_eq!(answer.status(), 422);
        let page = answer.text().await.unwrap();
        assert!(page.contains(told), "{told}: {page}");
    }
    let fields = [("token", token), ("name", "Ann"), ("password", NEW)];
    let answer = send(app, "", "/invitation", &fields).await;
    assert_eq!(answer.status(), 303);
    let ann = cookie_of(&answer);
    assert_eq!(open(app, &ann, "/clients").await.0, 200);
    assert_eq!(open(app, &ann, "/settings/team").await.0, 403);
    let (_, page) = open(app, &ann, "/more").await;
    assert!(!page.contains("/settings/team"), "not offered: {page}");

    let again = send(app, "", "/invitation", &fields).await;
    assert_eq!(again.status(), 422, "once");
    assert_eq!(open(app, "", &link).await.0, 422);
    let forged = format!("{}00", &link[..link.len() - 2]);
    assert_eq!(open(app, "", &forged).await.0, 422);
    let found = member(app, "ann@example.com").await;
    assert_eq!(
        (&found["role"], &found["name"]),
        (&json!("finance"), &json!("Ann"))
    );
}

async fn with_an_account_one_joins_by_signing_in(post: Post) {
    let app = &post.app;
    let elsewhere = app.another_organization().await;
    app.add_person_to(elsewhere, "bob@example.com", Role::Viewer)
        .await;
    invited(app, "bob@example.com", "admin").await;
    let link = post.link("bob@example.com").await;
    let token = token_of(&link);
    let (_, page) = open(app, "", &link).await;
    assert!(page.contains("Sign in to join"), "{page}");
    let fields = [("token", token), ("name", "Bob"), ("password", NEW)];
    let answer = send(app, "", "/invitation", &fields).await;
    let onward = answer.headers()["location"].to_str().unwrap();
    assert!(
        onward.starts_with("/invitation?"),
        "a letter sets no password of his"
    );

    let owner = enter_as(app, OWNER).await;
    let (_, page) = open(app, &owner, &link).await;
    assert!(page.contains("Somebody else is signed in"), "{page}");
    let answer = send(app, &owner, "/invitation/join", &[("token", token)]).await;
    assert_eq!(answer.status(), 403);

    let bob = enter_as(app, "bob@example.com").await;
    let (_, page) = open(app, &bob, &link).await;
    assert!(page.contains("action=\"/invitation/join\""), "{page}");
    let answer = send(app, &bob, "/invitation/join", &[("token", token)]).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(member(app, "bob@example.com").await["role"], "admin");
    let answer = send(app, &bob, "/invitation/join", &[("token", token)]).await;
    assert_eq!(answer.status(), 422, "once");
    let body = json!({ "email": "bob@example.com", "role": "viewer" });
    let (status, _) = app.post("/api/v1/team/invitations", &body).await;
    assert_eq!(status, 409);
}

async fn an_invitation_is_taken_back_and_sent_anew(post: Post) {
    let app = &post.app;
    let made = invited(app, "ann@example.com", "viewer").await;
    let first = post.link("ann@example.com").await;
    let path = format!(
        "/settings/team/invitations/{}",
        made["id"].as_str().unwrap()
    );
    assert_eq!(app.submit(&format!("{path}/send"), &[]).await.0, 303);
    let second = post.link("ann@example.com").await;
    assert_eq!(open(app, "", &first).await.0, 422, "the old one ended");
    assert_eq!(open(app, "", &second).await.0, 200);
    assert_eq!(shown(app).await, 0, "nobody was shown a link");
    assert_eq!(
        app.submit(&format!("{path}/withdraw"), &[]).await.0,
        409,
        "over"
    );
    let (_, team) = app.get("/api/v1/team").await;
    let id = team["invited"][0]["id"].as_str().unwrap();
    let (status, _) = app.delete(&format!("/api/v1/team/invitations/{id}")).await;
    assert_eq!(status, 200);
    assert_eq!(open(app, "", &second).await.0, 422);
    let mut tx = app.app.db.read_global().await.unwrap();
    let left: i64 = sql("select count(*) from person where email = 'ann@example.com'")
        .value(&mut tx)
        .await
        .unwrap();
    assert_eq!(left, 0, "nothing of her is kept");
    drop(tx);

    let made = invited(app, "ann@example.com", "viewer").await;
    let third = post.link("ann@example.com").await;
    age(app).await;
    assert_eq!(open(app, "", &third).await.0, 422, "too old");
    let (_, page) = app.page("/settings/team").await;
    assert!(page.contains("Too old now"), "{page}");
    let path = format!(
        "/settings/team/invitations/{}",
        made["id"].as_str().unwrap()
    );
    assert_eq!(app.submit(&format!("{path}/withdraw"), &[]).await.0, 303);
}

/// How often a link was shown, as the audit has it.
async fn shown(app: &TestApp) -> i64 {
    let mut tx = app.app.db.read(app.org).await.unwrap();
    sql("select count(*) from audit where org_id = $1 and action = 'invitation.link_shown'")
        .bind(app.org)
        .value(&mut tx)
        .await
        .unwrap()
}

/// As if eight days had passed for every link.
async fn age(app: &TestApp) {
    let mut tx = app.app.db.write_global().await.unwrap();
    sql("update email_link set expires_at = expires_at - 691200000000")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn a_letter_leaves_once(post: Post) {
    let app = &post.app;
    let made = invited(app, "ann@example.com", "viewer").await;
    let id: EmailLinkId = made["id"].as_str().unwrap().parse().unwrap();
    let payload = json!({ "org": app.org, "id": id });
    let job = || serde_json::from_value::<SendInvitation>(payload.clone()).unwrap();
    let at = Attempt {
        job: app.app.new_id(),
        number: 1,
        is_last: false,
    };
    post.mail.refuse("451 later");
    assert!(job().run(&app.app, &at).await.is_err());
    assert!(post.mail.letters().is_empty());
    job().run(&app.app, &at).await.unwrap();
    job().run(&app.app, &at).await.unwrap();
    app.run_jobs().await;
    assert_eq!(post.mail.letters().len(), 1);

    // A process that died before it noted that the letter had left sends the same one again.
    let mut tx = app.app.db.write_global().await.unwrap();
    sql("update email_link set sent_at = null")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    job().run(&app.app, &at).await.unwrap();
    let letters = post.mail.letters();
    let id_of = |letter: &str| {
        let line = letter.lines().find(|line| line.starts_with("Message-ID:"));
        line.unwrap().to_owned()
    };
    assert_eq!(id_of(&letters[0]), id_of(&letters[1]));
}

async fn too_many_letters_are_refused(post: Post) {
    let app = &post.app;
    let mut tx = app.app.db.write_global().await.unwrap();
    sql("insert into rate_window (key, started_at, used) values ($1, $2, 500)")
        .bind(format!("invitations of {}", app.org))
        .bind(app.app.now())
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let body = json!({ "email": "ann@example.com", "role": "viewer" });
    let request = app
        .request(Method::POST, "/api/v1/team/invitations")
        .json(&body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 429);
    assert!(answer.headers().contains_key("retry-after"));
}
