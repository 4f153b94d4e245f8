//! The sign-in page's passkey: what our script brings is checked, and a session begins.

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::{IntoResponse as _, Redirect, Response},
};

use super::Brought;
use crate::{
    app::App,
    fault::Fault,
    features::{
        passkeys::{Refused, enter},
        sign_in::{
            api::origin,
            begin_session_by,
            pages::{own_path, page},
        },
    },
    http::{Peer, session_cookie},
};

pub async fn submit(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    Form(form): Form<Brought>,
) -> Result<Response, Fault> {
    let next = own_path(&form.next);
    let refuse = |refused: Refused| {
        let shown = page(
            &app,
            &headers,
            Some(refused.to_string()),
            String::new(),
            next.clone(),
        );
        (StatusCode::UNPROCESSABLE_ENTITY, shown).into_response()
    };
    let (challenge, brought) = match form.read() {
        Ok(read) => read,
        Err(refused) => return Ok(refuse(refused)),
    };
    let origin = origin(&app, peer, &headers, "web");
    let mut tx = app.db.write_global().await?;
    let entered = match enter(&app, &mut tx, challenge, &brought, &origin).await? {
        Ok(entered) => entered,
        Err(refused) => {
            tx.commit().await?;
            return Ok(refuse(refused));
        }
    };
    let (person, org) = (entered.person, entered.org);
    let new = begin_session_by(&app, &mut tx, person, org, &origin, "passkey").await?;
    tx.commit().await?;
    let cookie = session_cookie(&app, new.token).to_string();
    Ok(([(SET_COOKIE, cookie)], Redirect::to(&next)).into_response())
}
