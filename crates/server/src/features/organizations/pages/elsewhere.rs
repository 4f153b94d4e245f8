//! A link that leads into another organization of one's own offers to go there.

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{Method, StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::{
    app::App,
    fault::Fault,
    features::organizations::{self, Place},
    http::{Who, fault_of},
    ui::{Theme, View},
};

#[derive(Template)]
#[template(path = "features/organizations/templates/elsewhere.html")]
struct ElsewherePage {
    theme: Theme,
    current: String,
    place: Place,
    next: String,
}

/// Looks for what was not found in the other organizations of whoever asked. What is in nobody's,
/// or in one that is not theirs, stays not found.
pub async fn offer_switch(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_page = request.method() == Method::GET && !request.headers().contains_key("hx-request");
    if !is_page {
        return next.run(request).await;
    }
    let (asked, body) = request.into_parts();
    let response = next.run(Request::from_parts(asked.clone(), body)).await;
    if !matches!(fault_of(&response).as_deref(), Some(Fault::NotFound(_))) {
        return response;
    }
    match elsewhere(&app, &asked).await {
        Ok(Some(page)) => (StatusCode::NOT_FOUND, View(page)).into_response(),
        Ok(None) => response,
        Err(fault) => fault.into_response(),
    }
}

async fn elsewhere(app: &App, asked: &Parts) -> Result<Option<ElsewherePage>, Fault> {
    let Ok(who) = Who::unnoticed(asked, app).await else {
        return Ok(None);
    };
    if !who.has_several {
        return Ok(None);
    }
    let mut tx = app.db.read_global().await?;
    let place = organizations::holder_of(&mut tx, &who, asked.uri.path()).await?;
    Ok(place.map(|place| ElsewherePage {
        theme: Theme::of(&asked.headers),
        current: who.organization,
        place,
        next: asked
            .uri
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned(),
    }))
}
