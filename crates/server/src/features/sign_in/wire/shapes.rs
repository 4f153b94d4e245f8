//! Sessions and users as Supabase Auth shows them.

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::letters::fragment;
use crate::{
    app::App,
    db::{At, OrgId, SessionId, Tx},
    fault::Fault,
    features::sign_in::store::{
        factors::{self, FactorRow},
        refresh::{self, SessionFacts},
        wire::{self, UserRow},
    },
    http::{
        Role,
        tokens::{self, AUDIENCE, Claims, keys},
    },
};

#[derive(Serialize)]
pub struct Session {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    expires_at: i64,
    refresh_token: String,
    user: User,
}

impl Session {
    /// As it stands after the `#` of an address.
    pub fn as_fragment(&self, kind: &str) -> String {
        fragment(&[
            ("access_token", &self.access_token),
            ("expires_at", &self.expires_at.to_string()),
            ("expires_in", &self.expires_in.to_string()),
            ("refresh_token", &self.refresh_token),
            ("token_type", self.token_type),
            ("type", kind),
        ])
    }
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the words of Supabase Auth")]
pub struct User {
    id: Uuid,
    aud: &'static str,
    role: &'static str,
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_confirmed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_at: Option<String>,
    phone: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sign_in_at: Option<String>,
    app_metadata: Value,
    user_metadata: Value,
    identities: [Value; 1],
    factors: Vec<Factor>,
    created_at: String,
    updated_at: String,
    is_anonymous: bool,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the words of Supabase Auth")]
pub struct Factor {
    id: Uuid,
    created_at: String,
    updated_at: String,
    status: String,
    friendly_name: String,
    factor_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_challenged_at: Option<String>,
}

impl From<FactorRow> for Factor {
    fn from(row: FactorRow) -> Self {
        Self {
            id: row.id.0,
            created_at: moment(row.created_at),
            updated_at: moment(row.updated_at),
            status: row.status,
            friendly_name: row.friendly_name,
            factor_type: row.kind,
            last_challenged_at: row.last_challenged_at.map(moment),
        }
    }
}

pub fn moment(at: At) -> String {
    at.0.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// What the organization says of the person. Sister apps decide by it, so nothing here is the
/// person's own to change.
fn app_metadata(org: OrgId, role: Role, must_enroll: bool) -> Value {
    // Sister apps, too, stay closed until there is a second factor.
    let apps = if must_enroll { &[] } else { role.apps() };
    json!({
        "provider": "email",
        "providers": ["email"],
        "organization": org.to_string(),
        "role": role.as_str(),
        "apps": apps,
    })
}

fn metadata(row: &UserRow) -> Value {
    serde_json::from_str(&row.user_metadata).unwrap_or_else(|_| json!({}))
}

/// What is not known yet is left out.
fn known(mut fields: Value) -> Value {
    if let Some(fields) = fields.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    fields
}

/// The user, with the place they have in the session's organization.
pub async fn user(tx: &mut Tx, row: UserRow, session: &SessionFacts) -> Result<User, Fault> {
    let place = app_metadata(session.org_id, session.role.parse()?, session.must_enroll);
    user_at(tx, row, place).await
}

/// Somebody invited, with the place they are to have.
pub async fn invited(tx: &mut Tx, row: UserRow, org: OrgId, role: Role) -> Result<User, Fault> {
    user_at(tx, row, app_metadata(org, role, false)).await
}

async fn user_at(tx: &mut Tx, row: UserRow, place: Value) -> Result<User, Fault> {
    let factors = factors::of(tx, row.id).await?;
    Ok(User {
        id: row.id.0,
        aud: AUDIENCE,
        role: AUDIENCE,
        email_confirmed_at: row.email_confirmed_at.map(moment),
        confirmed_at: row.email_confirmed_at.map(moment),
        phone: "",
        last_sign_in_at: row.last_sign_in_at.map(moment),
        app_metadata: place,
        user_metadata: metadata(&row),
        identities: [known(json!({
            "identity_id": row.id.0,
            "id": row.id.0,
            "user_id": row.id.0,
            "identity_data": { "email": row.email, "sub": row.id.0 },
            "provider": "email",
            "last_sign_in_at": row.last_sign_in_at.map(moment),
            "created_at": moment(row.created_at),
            "updated_at": moment(row.updated_at),
            "email": row.email,
        }))],
        factors: factors.into_iter().map(Factor::from).collect(),
        created_at: moment(row.created_at),
        updated_at: moment(row.updated_at),
        is_anonymous: false,
        email: row.email,
    })
}

/// A token of a session, and when it was given and expires (Unix seconds).
struct Access {
    token: String,
    issued_at: i64,
    expires_at: i64,
}

async fn access(
    app: &App,
    tx: &mut Tx,
    session: &SessionFacts,
    row: &UserRow,
) -> Result<Access, Fault> {
    let key = keys::signing(app, tx).await?;
    let issued_at = app.clock.wall_now().timestamp();
    let claims = Claims {
        iss: tokens::issuer(app),
        sub: row.id.0,
        aud: AUDIENCE.to_owned(),
        exp: issued_at + i64::from(app.config.sign_in.access_token_seconds),
        iat: issued_at,
        email: row.email.clone(),
        phone: String::new(),
        role: AUDIENCE.to_owned(),
        aal: session.aal.clone(),
        amr: serde_json::from_str(&session.amr)?,
        session_id: session.id.0,
        is_anonymous: false,
        app_metadata: app_metadata(session.org_id, session.role.parse()?, session.must_enroll),
        user_metadata: metadata(row),
    };
    Ok(Access {
        token: tokens::sign(&claims, &key)?,
        issued_at,
        expires_at: claims.exp,
    })
}

/// A new access token alone, and for how many seconds it is good.
pub async fn access_token(
    app: &App,
    tx: &mut Tx,
    session: SessionId,
) -> Result<(String, i64), Fault> {
    let facts = refresh::session(tx, session).await?;
    let facts = facts.ok_or(Fault::SignedOut)?;
    let row = wire::user(tx, facts.person_id).await?;
    let row = row.ok_or(Fault::SignedOut)?;
    let access = access(app, tx, &facts, &row).await?;
    Ok((access.token, access.expires_at - access.issued_at))
}

/// A session with a new access token.
pub async fn session(
    app: &App,
    tx: &mut Tx,
    session: &SessionFacts,
    refresh_token: String,
) -> Result<Session, Fault> {
    let row = wire::user(tx, session.person_id).await?;
    let row = row.ok_or(Fault::SignedOut)?;
    let access = access(app, tx, session, &row).await?;
    Ok(Session {
        access_token: access.token,
        token_type: "bearer",
        expires_in: access.expires_at - access.issued_at,
        expires_at: access.expires_at,
        refresh_token,
        user: user(tx, row, session).await?,
    })
}
