//! Who people say they are, and how they read.

use image::{ExtendedColorType, ImageEncoder as _, ImageFormat, codecs::png::PngEncoder};
use reqwest::{Method, Response, StatusCode, header};

use crate::{
    db::{PersonId, sql},
    http::Role,
    testing::{OWNER, TestApp, on_both_engines},
};

on_both_engines!(TestApp::start =>
    a_profile_is_changed,
    dates_times_and_numbers_are_the_readers,
    a_picture_is_shown_to_colleagues_alone,
    files_that_are_no_pictures_are_refused,
);

const PROFILE: &str = "/account/profile";

/// A small picture, of one colour.
fn picture(colour: [u8; 3]) -> Vec<u8> {
    let mut file = Vec::new();
    PngEncoder::new(&mut file)
        .write_image(&colour.repeat(64), 8, 8, ExtendedColorType::Rgb8)
        .unwrap();
    file
}

/// Sends a file as the page's form does.
async fn send(app: &TestApp, token: &str, file: &[u8]) -> Response {
    let head = "--edge\r\ncontent-disposition: form-data; name=\"picture\"; \
                filename=\"../me.png\"\r\ncontent-type: image/gif\r\n\r\n";
    let body = [head.as_bytes(), file, b"\r\n--edge--\r\n"].concat();
    let request = app
        .anonymous(Method::POST, "/account/profile/picture")
        .bearer_auth(token)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .body(body);
    request.send().await.unwrap()
}

/// The owner, who has a picture.
pub async fn person_with_picture(app: &TestApp) -> PersonId {
    let sent = send(app, &app.token, &picture([255, 0, 0])).await;
    assert_eq!(sent.status(), StatusCode::SEE_OTHER);
    let mut tx = app.app.db.read_global().await.unwrap();
    sql("select id from person where email = $1")
        .bind(OWNER)
        .value(&mut tx)
        .await
        .unwrap()
}

async fn a_profile_is_changed(app: TestApp) {
    let (status, page) = app.page(PROFILE).await;
    assert_eq!(status, 200);
    assert!(page.contains("Olivia Owner"), "{page}");
    let mut fields = vec![
        ("version", "1"),
        ("name", " "),
        ("time_zone", "Europe/Atlantis"),
        ("locale", "tlh"),
    ];
    let (status, page) = app.submit(PROFILE, &fields).await;
    assert_eq!(status, 422);
    for said in [
        "must not be empty",
        "such as Europe/London",
        "choose one of",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    fields.truncate(1);
    fields.extend([
        ("name", "Olivia O'Neill"),
        ("time_zone", "Pacific/Auckland"),
        ("locale", "en-US"),
    ]);
    let (status, page) = app.submit(PROFILE, &fields).await;
    assert_eq!(status, 303, "{page}");
    let (_, page) = app.page(PROFILE).await;
    assert!(page.contains("Olivia O&#39;Neill"), "{page}");
    assert!(page.contains("<option value=\"Pacific/Auckland\" selected>"));
    assert!(page.contains("<option value=\"en-US\" selected>"));
    let (status, page) = app.submit(PROFILE, &fields).await;
    assert_eq!(status, 409);
    assert!(page.contains("somebody changed this"), "{page}");
}

async fn dates_times_and_numbers_are_the_readers(app: TestApp) {
    let mut tx = app.app.db.write_global().await.unwrap();
    // 22 November 2026, 23:30 UTC: in New Zealand it is the 23rd, at 12:30.
    sql("update session set created_at = $1")
        .bind(1_795_390_200_000_000_i64)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for (locale, zone, began) in [
        ("en-GB", "", "22 Nov 2026, 23:30"),
        ("en-US", "Pacific/Auckland", "Nov 23, 2026, 12:30 PM"),
        ("de-DE", "Pacific/Auckland", "23.11.2026, 12:30"),
        ("fr-FR", "", "22/11/2026, 23:30"),
    ] {
        let version = version(&app).await.to_string();
        let fields = [
            ("version", version.as_str()),
            ("name", "Olivia"),
            ("time_zone", zone),
            ("locale", locale),
        ];
        let (status, _) = app.submit(PROFILE, &fields).await;
        assert_eq!(status, 303);
        let (_, page) = app.page("/account/sessions").await;
        assert!(page.contains(began), "{locale}: {page}");
    }
    // Others read as they did.
    let other = app.add_person("other@example.com", Role::Viewer).await;
    let request = app.anonymous(Method::GET, "/account/sessions");
    let page = request.bearer_auth(other).send().await.unwrap();
    assert!(!page.text().await.unwrap().contains("/11/2026"));
}

async fn version(app: &TestApp) -> i64 {
    let mut tx = app.app.db.read_global().await.unwrap();
    sql("select version from person where email = $1")
        .bind(OWNER)
        .value(&mut tx)
        .await
        .unwrap()
}

async fn a_picture_is_shown_to_colleagues_alone(app: TestApp) {
    let person = person_with_picture(&app).await;
    let path = format!("/people/{person}/avatar");
    let colleague = app.add_person("colleague@example.com", Role::Viewer).await;
    let elsewhere = app.another_organization().await;
    let stranger = app
        .add_person_to(elsewhere, "stranger-too@example.com", Role::Owner)
        .await;
    let look = async |token: &str, known: &str| {
        let request = app.anonymous(Method::GET, &path).bearer_auth(token);
        let request = request.header(header::IF_NONE_MATCH, known);
        request.send().await.unwrap()
    };
    let seen = look(&colleague, "\"other\"").await;
    assert_eq!(seen.status(), StatusCode::OK);
    let head = |name: header::HeaderName| seen.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(head(header::CONTENT_TYPE), "image/webp");
    assert_eq!(head(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(head(header::CACHE_CONTROL), "private, no-cache");
    assert!(head(header::CONTENT_SECURITY_POLICY).contains("sandbox"));
    let tag = head(header::ETAG);
    let image = seen.bytes().await.unwrap();
    let known = image::load_from_memory_with_format(&image, ImageFormat::WebP);
    assert_eq!(known.unwrap().to_rgb8().dimensions(), (256, 256));
    assert_eq!(look(&colleague, &tag).await.status(), 304);
    assert_eq!(look(&stranger, &tag).await.status(), 404);
    let (_, page) = app.page("/more").await;
    assert!(page.contains(&format!("src=\"{path}?v=")), "{page}");

    let other = send(&app, &app.token, &picture([0, 0, 255])).await;
    assert_eq!(other.status(), StatusCode::SEE_OTHER);
    assert_eq!(look(&colleague, &tag).await.status(), 200);
    let (status, _) = app.submit("/account/profile/picture/remove", &[]).await;
    assert_eq!(status, 303);
    assert_eq!(look(&colleague, "").await.status(), 404);
}

async fn files_that_are_no_pictures_are_refused(app: TestApp) {
    let script = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let answer = send(&app, &app.token, script).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("this is no PNG, JPEG or WebP picture"),
        "{page}"
    );
    // A form without a file, and one of another kind.
    let empty = send(&app, &app.token, b"").await;
    assert_eq!(empty.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let (status, page) = app.submit("/account/profile/picture", &[("a", "b")]).await;
    assert_eq!(status, 422, "{page}");
    let (_, page) = app.page(PROFILE).await;
    assert!(page.contains("You have none"), "{page}");
}
