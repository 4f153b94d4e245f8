//! Inviting many at once.

use reqwest::{Method, header};

use super::{Post, member, open, token_of};
use crate::{
    http::Role,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(Post::start => a_file_is_shown_first_and_then_all_or_nothing);

/// A form with files, as a browser sends it.
async fn send(app: &TestApp, token: &str, parts: &[(&str, &str)]) -> (u16, String) {
    let part = |(name, value): &(&str, &str)| {
        let file = if *name == "file" {
            "; filename=\"team.csv\""
        } else {
            ""
        };
        format!(
            "--mark\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
        )
    };
    let mut body: String = parts.iter().map(part).collect();
    body += "--mark--\r\n";
    let request = app
        .anonymous(Method::POST, "/settings/team/import")
        .bearer_auth(token)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=mark")
        .body(body);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn a_file_is_shown_first_and_then_all_or_nothing(post: Post) {
    let app = &post.app;
    let owner = app.token.clone();
    let file = "name,email,role\nAnn,ann@example.com,finance\n,owner@example.com,\n\
                Bob,bob@,king\nAnn,ANN@example.com,\n";
    let (status, page) = send(app, &owner, &[("file", file), ("text", "")]).await;
    assert_eq!(status, 200);
    for told in [
        "Belongs already",
        "this is not an e-mail address",
        "this is not a role",
        "stands in the file twice",
        "Nothing was sent",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let (status, page) = send(app, &owner, &[("text", file), ("confirm", "yes")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("nobody was invited"), "{page}");
    assert_eq!(app.run_jobs().await, 0);

    let good = "ann@example.com;finance;Ann\nbob@example.com;;";
    let (status, page) = send(app, &owner, &[("text", good)]).await;
    assert_eq!(status, 200);
    assert!(page.contains("Invite 2 people"), "{page}");
    assert_eq!(app.run_jobs().await, 0, "only shown");
    let (status, _) = send(app, &owner, &[("text", good), ("confirm", "yes")]).await;
    assert_eq!(status, 303);
    app.run_jobs().await;
    let letters = post.mail.letters();
    assert_eq!(letters.len(), 2);
    let ann = letters
        .iter()
        .find(|letter| letter.contains("To: ann@"))
        .unwrap();
    let link = crate::features::mail::tests::link_of(ann);
    let (status, page) = open(app, "", &format!("/invitation?token={}", token_of(&link))).await;
    assert_eq!(status, 200);
    assert!(
        page.contains("value=\"Ann\""),
        "the name of the file: {page}"
    );
    assert_eq!(
        member(app, "ann@example.com").await,
        serde_json::Value::Null,
        "not yet"
    );
    let (_, page) = send(app, &owner, &[("text", good)]).await;
    assert!(page.contains("New link"), "{page}");

    for empty in ["", "email,role\n"] {
        let (status, page) = send(app, &owner, &[("text", empty)]).await;
        assert_eq!(status, 422, "{page}");
    }
    let admin = app.add_person("admin@example.com", Role::Admin).await;
    let (_, page) = send(app, &admin, &[("text", "eve@example.com,owner")]).await;
    assert!(page.contains("only an Owner makes"), "{page}");
    let finance = app.add_person("finance@example.com", Role::Finance).await;
    assert_eq!(send(app, &finance, &[("text", good)]).await.0, 403);
}
