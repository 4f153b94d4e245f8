//! Who asks, by an access token.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
};

use super::WireError;
use crate::{
    app::App,
    db::{SessionId, Tx},
    fault::Fault,
    features::sign_in::store::{
        refresh::{self, SessionFacts},
        wire::{self, UserRow},
    },
    http::tokens::{self, Disbelief},
};

/// The session of a believed token, as it is now.
pub struct Bearer {
    pub session: SessionFacts,
    pub user: UserRow,
}

impl Bearer {
    pub fn is_aal2(&self) -> bool {
        self.session.aal == "aal2"
    }
}

/// The same, perhaps of somebody whose organization asks for a second factor that they do not have
/// yet. Only what gives them one, tells who they are or signs them out may do with so little.
pub struct Enrolling(pub Bearer);

impl FromRequestParts<App> for Bearer {
    type Rejection = WireError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WireError> {
        let Enrolling(bearer) = Enrolling::from_request_parts(parts, app).await?;
        if bearer.session.must_enroll {
            return Err(Fault::MustEnroll.into());
        }
        Ok(bearer)
    }
}

impl FromRequestParts<App> for Enrolling {
    type Rejection = WireError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WireError> {
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        let token = token.ok_or_else(|| {
            WireError::new(
                StatusCode::UNAUTHORIZED,
                "no_authorization",
                "This endpoint requires a valid Bearer token",
            )
        })?;
        let mut tx = app.db.read_global().await?;
        let claims = tokens::verify(app, &mut tx, token).await?;
        let claims = claims.map_err(|why| WireError::forbidden("bad_jwt", unbelieved(why)))?;
        let session = SessionId(claims.session_id);
        let user = wire::user(&mut tx, crate::db::PersonId(claims.sub)).await?;
        let user = user.ok_or_else(|| {
            WireError::forbidden(
                "user_not_found",
                "User from sub claim in JWT does not exist",
            )
        })?;
        let session = standing(app, &mut tx, session).await?;
        let session = session.ok_or_else(|| {
            WireError::forbidden(
                "session_not_found",
                "Session from session_id claim in JWT does not exist",
            )
        })?;
        Ok(Self(Bearer { session, user }))
    }
}

fn unbelieved(why: Disbelief) -> &'static str {
    match why {
        Disbelief::Forged => "invalid JWT: unable to parse or verify signature",
        Disbelief::Expired => "invalid JWT: token is expired",
    }
}

/// The session, unless it is over.
async fn standing(
    app: &App,
    tx: &mut Tx,
    id: SessionId,
) -> Result<Option<SessionFacts>, WireError> {
    let session = refresh::session(tx, id).await?;
    Ok(session.filter(|session| session.revoked_at.is_none() && !session.lifetime.is_over(app)))
}
