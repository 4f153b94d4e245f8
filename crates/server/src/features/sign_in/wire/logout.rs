//! Signing out: everywhere, here, or everywhere else.

use axum::{
    extract::{Query, State},
    http::StatusCode,
};
use serde::Deserialize;

use super::{WireError, bearer::Enrolling};
use crate::{
    app::App,
    features::sign_in::store::{self, refresh},
};

#[derive(Deserialize)]
pub struct Asked {
    scope: Option<String>,
}

pub async fn logout(
    State(app): State<App>,
    Enrolling(bearer): Enrolling,
    Query(asked): Query<Asked>,
) -> Result<StatusCode, WireError> {
    let (now, session) = (app.now(), &bearer.session);
    let mut tx = app.db.write_global().await?;
    match asked.scope.as_deref() {
        None | Some("" | "global") => {
            store::revoke_sessions(&mut tx, session.person_id, now).await?;
        }
        Some("local") => store::revoke_session(&mut tx, session.id, now).await?,
        Some("others") => {
            refresh::revoke_others(&mut tx, session.person_id, session.id, None, now).await?;
        }
        Some(other) => {
            return Err(WireError::bad_request(
                "validation_failed",
                format!("Unsupported logout scope \"{other}\""),
            ));
        }
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
