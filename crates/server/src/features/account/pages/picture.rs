//! One's picture, and those of people one works with.

use axum::{
    extract::{Multipart, Path, State, multipart::MultipartRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use super::{
    PROFILE,
    profile::{Refused, page},
};
use crate::{
    app::App,
    db::PersonId,
    fault::Fault,
    features::{
        account::{profile, store},
        home::Frame,
    },
    http::{May, Read},
    ui::{Flash, see_other},
};

/// Nothing in it runs or loads anything, also when it is opened by itself.
const POLICY: &str = "default-src 'none'; sandbox";

pub async fn show(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let unknown = Fault::NotFound("this picture");
    let Ok(person) = id.parse::<PersonId>() else {
        return Err(unknown);
    };
    let mut tx = app.db.read_global().await?;
    let found = store::avatar(&mut tx, person, who.person).await?;
    drop(tx);
    let found = found.ok_or(unknown)?;
    Ok(image(&headers, &found.hash, found.image))
}

/// A WebP that the browser keeps until it is another.
pub fn image(headers: &HeaderMap, hash: &str, image: Vec<u8>) -> Response {
    let tag = format!("\"{hash}\"");
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|known| known.trim() == tag);
    let about = [
        (header::ETAG, tag.as_str()),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CONTENT_TYPE, "image/webp"),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    (about, image).into_response()
}

/// The file of the form.
pub async fn file(form: Result<Multipart, MultipartRejection>) -> Result<Vec<u8>, Fault> {
    let unreadable = || Fault::field("picture", "the file did not arrive whole; send it again");
    let mut form = form.map_err(|_| unreadable())?;
    while let Some(field) = form.next_field().await.map_err(|_| unreadable())? {
        if field.name() == Some("picture") {
            let bytes = field.bytes().await.map_err(|_| unreadable())?;
            return Ok(bytes.to_vec());
        }
    }
    Err(Fault::field("picture", "choose a picture first"))
}

pub async fn change(
    State(app): State<App>,
    who: May<Read>,
    frame: Frame,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Fault> {
    let changed = async { profile::change_picture(&app, &who, file(form).await?).await };
    match changed.await {
        Ok(()) => Ok(see_other(PROFILE, &Flash::done("That is you now."))),
        Err(fault @ Fault::Invalid { .. }) => {
            page(&app, frame, Some(Refused::Picture(fault))).await
        }
        Err(fault) => Err(fault),
    }
}

pub async fn remove(State(app): State<App>, who: May<Read>) -> Result<Response, Fault> {
    profile::remove_picture(&app, &who).await?;
    Ok(see_other(PROFILE, &Flash::done("Your picture is removed.")))
}
