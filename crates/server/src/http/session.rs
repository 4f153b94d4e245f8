//! Who is asking: a session cookie of a browser or a bearer token of a program.

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{header, request::Parts},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::{Role, tokens};
use crate::{
    app::App,
    db::{At, DbError, OrgId, PersonId, SessionId, Tx, sql},
    fault::Fault,
    features::sign_in::{
        api::origin,
        by_project::{self, Brought},
    },
    lifetime::Lifetime,
    supabase::{self, Project},
    ui::Locale,
};

/// The cookie's name on plain-http localhost; `__Host-` goes before it on https.
pub const COOKIE: &str = "billingone";

/// The signed-in person in their current organization.
#[derive(Debug, Clone)]
pub struct Who {
    pub org: OrgId,
    pub person: PersonId,
    pub session: SessionId,
    pub role: Role,
    pub name: String,
    pub email: String,
    pub organization: String,
    /// Whether they belong to others besides.
    pub has_several: bool,
    pub currency: String,
    /// The organization's: its days begin and end by it.
    pub time_zone: chrono_tz::Tz,
    /// The person's own: times on screen are in it.
    pub zone: chrono_tz::Tz,
    /// In which the person reads dates and numbers.
    pub locale: Locale,
    /// Names the person's picture, where they have one.
    pub avatar: Option<String>,
    /// When a factor was last shown.
    pub factor_at: At,
    /// How old that may be where something cannot be undone.
    pub step_up: TimeDelta,
    pub last_active_at: At,
}

impl Who {
    pub fn may(&self, permission: super::Permission) -> bool {
        self.role.may(permission)
    }

    /// Who asks, read in the caller's transaction. Where a Supabase project keeps the accounts, it
    /// was asked before.
    pub(super) async fn within(parts: &Parts, app: &App, tx: &mut Tx) -> Result<Self, Fault> {
        if let Some(who) = parts.extensions.get::<Self>() {
            return Ok(who.clone());
        }
        look_up(parts, app, tx).await?.entered()
    }

    /// Who asks, without counting it as activity: for what a page does by itself while nobody is
    /// there.
    pub async fn unnoticed(parts: &Parts, app: &App) -> Result<Self, Fault> {
        settle(parts, app).await?;
        let mut tx = app.db.read_global().await?;
        Self::within(parts, app, &mut tx).await
    }

    /// Counts the request as activity, once, and keeps who asks for whatever else wants to know.
    pub(super) async fn keep(&self, parts: &mut Parts, app: &App) -> Result<(), Fault> {
        self.locale.is_read();
        let is_first = parts.extensions.insert(self.clone()).is_none();
        if is_first {
            self.touch(app).await?;
        }
        Ok(())
    }

    async fn touch(&self, app: &App) -> Result<(), Fault> {
        let now = app.now();
        if now.0 - self.last_active_at.0 <= TimeDelta::minutes(5) {
            return Ok(());
        }
        let mut tx = app.db.write_global().await?;
        sql("update session set last_active_at = $2 where id = $1")
            .bind(self.session)
            .bind(now)
            .run(&mut tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// The calendar date in the organization's zone.
    pub fn today(&self, app: &App) -> chrono::NaiveDate {
        app.now().0.with_timezone(&self.time_zone).date_naive()
    }
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: SessionId,
    org_id: OrgId,
    person_id: PersonId,
    role: String,
    name: String,
    email: String,
    organization: String,
    has_several: bool,
    currency: String,
    time_zone: String,
    own_zone: Option<String>,
    locale: String,
    avatar: Option<String>,
    factor_at: At,
    step_up_minutes: i64,
    mfa_required: bool,
    aal: String,
    /// Whether it began with the project that keeps the accounts.
    is_theirs: bool,
    /// Whether the person has a second factor, which this session must have shown.
    has_factor: bool,
    #[sqlx(flatten)]
    lifetime: Lifetime,
}

impl SessionRow {
    fn entering(self) -> Result<Entering, Fault> {
        let time_zone = self.time_zone.parse().unwrap_or(chrono_tz::UTC);
        let own_zone = self.own_zone.and_then(|zone| zone.parse().ok());
        let who = Who {
            org: self.org_id,
            person: self.person_id,
            session: self.id,
            role: self.role.parse()?,
            name: self.name,
            email: self.email,
            organization: self.organization,
            has_several: self.has_several,
            currency: self.currency,
            time_zone,
            zone: own_zone.unwrap_or(time_zone),
            locale: Locale::of_tag(&self.locale).unwrap_or_default(),
            avatar: self.avatar,
            factor_at: self.factor_at,
            step_up: TimeDelta::minutes(self.step_up_minutes),
            last_active_at: self.lifetime.last_active_at,
        };
        Ok(Entering {
            who,
            lacks_factor: self.has_factor && self.aal != "aal2",
            must_enroll: self.mfa_required && !self.has_factor,
        })
    }
}

impl FromRequestParts<App> for Who {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        if let Some(who) = parts.extensions.get::<Self>() {
            return Ok(who.clone());
        }
        let who = Self::unnoticed(parts, app).await?;
        who.keep(parts, app).await?;
        Ok(who)
    }
}

/// Somebody who has signed in, perhaps without having shown a second factor yet. Only what asks for
/// the factor, gives one, or ends the session may do with so little.
pub struct Entering {
    pub who: Who,
    /// They have one and have not shown it.
    pub lacks_factor: bool,
    /// They have none, and their organization asks for one.
    pub must_enroll: bool,
}

impl Entering {
    fn entered(self) -> Result<Who, Fault> {
        if self.lacks_factor {
            Err(Fault::SecondFactor)
        } else if self.must_enroll {
            Err(Fault::MustEnroll)
        } else {
            Ok(self.who)
        }
    }
}

impl FromRequestParts<App> for Entering {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        settle(parts, app).await?;
        let mut tx = app.db.read_global().await?;
        let entering = look_up(parts, app, &mut tx).await?;
        drop(tx);
        entering.who.touch(app).await?;
        Ok(entering)
    }
}

pub fn cookie_name(app: &App) -> &'static str {
    if app.config.is_https() {
        "__Host-billingone"
    } else {
        COOKIE
    }
}

/// The cookie that carries a session's token; an empty token takes it away.
pub fn session_cookie(app: &App, token: String) -> Cookie<'static> {
    let days = if token.is_empty() {
        0
    } else {
        i64::from(app.config.sign_in.session_days)
    };
    Cookie::build((cookie_name(app), token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        // WebKit drops Secure cookies on plain-http localhost.
        .secure(app.config.is_https())
        .max_age(time::Duration::days(days))
        .build()
}

/// The address at the other end of the connection, where the listener tells.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub Option<std::net::IpAddr>);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

impl Peer {
    fn of(parts: &Parts) -> Self {
        let info = parts.extensions.get::<ConnectInfo<std::net::SocketAddr>>();
        Self(info.map(|ConnectInfo(address)| address.ip()))
    }
}

pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

fn presented_token(parts: &Parts, app: &App) -> Option<String> {
    let bearer = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if let Some(token) = bearer {
        return Some(token.to_owned());
    }
    let jar = CookieJar::from_headers(&parts.headers);
    jar.get(cookie_name(app))
        .map(|cookie| cookie.value().to_owned())
}

/// Where a Supabase project keeps the accounts, it is asked first whether the session still stands.
pub(super) async fn settle(parts: &Parts, app: &App) -> Result<(), Fault> {
    let Some(project) = Project::of(app) else {
        return Ok(());
    };
    let Some(token) = presented_token(parts, app) else {
        return Ok(());
    };
    let origin = origin(app, Peer::of(parts), &parts.headers, "auth");
    by_project::settle(app, project, &token, &origin).await
}

/// What an access token names.
enum Named {
    /// A session of ours, and the organization in which the token was given.
    Ours {
        session: SessionId,
        org: Option<OrgId>,
    },
    /// A session of the project that keeps the accounts.
    Theirs(Brought),
}

/// What an access token names; nothing for the opaque tokens of cookies and of the API.
async fn named_by(app: &App, tx: &mut Tx, token: &str) -> Result<Option<Named>, Fault> {
    if !token.contains('.') {
        return Ok(None);
    }
    if supabase::keeps_accounts(app) {
        return Ok(Some(Named::Theirs(
            by_project::brought_by(app, token).await?,
        )));
    }
    let claims = tokens::verify(app, tx, token).await?;
    let claims = claims.map_err(|_| Fault::SignedOut)?;
    let org = claims.app_metadata.get("organization");
    Ok(Some(Named::Ours {
        session: SessionId(claims.session_id),
        org: org
            .and_then(serde_json::Value::as_str)
            .and_then(|org| org.parse().ok()),
    }))
}

/// The session by its own token, by our name for it or by the project's.
async fn find(
    tx: &mut Tx,
    hash: Vec<u8>,
    ours: Option<SessionId>,
    theirs: Option<&String>,
) -> Result<Option<SessionRow>, DbError> {
    sql(
        "select session.id, session.org_id, session.person_id, membership.role, person.name, \
         person.email, person.time_zone as own_zone, person.locale, avatar.hash as avatar, \
         organization.name as organization, organization.currency, organization.time_zone, \
         session.factor_at, session.aal, organization.step_up_minutes, organization.mfa_required, \
         session.project_session is not null as is_theirs, \
         session.created_at, session.last_active_at, session.expires_at, \
         organization.session_hours, organization.idle_minutes, \
         exists (select 1 from membership as other where other.person_id = session.person_id \
           and other.org_id <> session.org_id) as has_several, \
         exists (select 1 from factor where factor.person_id = session.person_id \
           and factor.status = 'verified') as has_factor \
         from session \
         join membership on membership.org_id = session.org_id \
           and membership.person_id = session.person_id \
         join person on person.id = session.person_id and person.disabled_at is null \
         join organization on organization.id = session.org_id \
         left join avatar on avatar.person_id = session.person_id \
         where (session.token_hash = $1 or session.id = $2 or session.project_session = $3) \
         and session.revoked_at is null",
    )
    .bind(hash)
    .bind(ours)
    .bind(theirs)
    .optional(tx)
    .await
}

async fn look_up(parts: &Parts, app: &App, tx: &mut Tx) -> Result<Entering, Fault> {
    let token = presented_token(parts, app).ok_or(Fault::SignedOut)?;
    let named = named_by(app, tx, &token).await?;
    let (ours, theirs) = match &named {
        Some(Named::Ours { session, .. }) => (Some(*session), None),
        Some(Named::Theirs(brought)) => (None, Some(&brought.session)),
        None => (None, None),
    };
    let row = find(tx, token_hash(&token), ours, theirs).await?;
    let is_meant = |row: &SessionRow| match &named {
        // A token of before the session went to another organization would act in the wrong one.
        Some(Named::Ours { org, .. }) => *org == Some(row.org_id),
        Some(Named::Theirs(_)) | None => true,
    };
    // Who keeps the accounts may have changed since: sessions of before are no sessions then.
    let is_by_who_keeps = |row: &SessionRow| row.is_theirs == supabase::keeps_accounts(app);
    let stands = |row: &SessionRow| !row.lifetime.is_over(app) && is_by_who_keeps(row);
    let row = row.filter(|row| stands(row) && is_meant(row));
    let mut row = row.ok_or(Fault::SignedOut)?;
    if let Some(Named::Theirs(brought)) = named {
        row.factor_at = row.factor_at.max(brought.factor_at);
        row.aal = brought.aal;
    }
    row.entering()
}
