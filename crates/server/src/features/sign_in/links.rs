//! Links that are sent by e-mail, each good once and for a while.
//!
//! What makes a link secret follows from its id and the installation's key. So the database holds
//! nothing that opens an account, and a letter that is sent twice says the same.

use chrono::TimeDelta;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::{sessions::wall, store::links as store};
use crate::{
    app::App,
    db::{At, EmailLinkId, OrgId, PersonId, Tx},
    fault::Fault,
    http::Role,
};

pub use store::LinkRow;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// Sets a forgotten password.
    Recovery,
    /// Joins an organization.
    Invitation,
}

impl LinkKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recovery => "recovery",
            Self::Invitation => "invitation",
        }
    }

    pub fn lasts(self) -> TimeDelta {
        match self {
            Self::Recovery => TimeDelta::hours(1),
            Self::Invitation => TimeDelta::days(7),
        }
    }

    /// Our page that it opens.
    fn page(self) -> &'static str {
        match self {
            Self::Recovery => "/reset-password",
            Self::Invitation => "/invitation",
        }
    }

    /// What Supabase Auth's clients call it.
    pub fn on_the_wire(self) -> &'static str {
        match self {
            Self::Recovery => "recovery",
            Self::Invitation => "invite",
        }
    }
}

/// A link to be made.
pub struct NewLink {
    pub id: EmailLinkId,
    pub kind: LinkKind,
    pub person: PersonId,
    pub place: Option<Place>,
    pub redirect_to: Option<String>,
}

/// Where an invitation leads, as what, and by whom.
pub struct Place {
    pub org: OrgId,
    pub role: Role,
    pub by: PersonId,
}

/// Makes a link; made again with the same id it is the same.
pub async fn make(app: &App, tx: &mut Tx, new: &NewLink) -> Result<(), Fault> {
    // Told by business time, as everything on a page; over by the wall's, as every secret.
    store::insert(tx, new, app.now(), wall(app) + new.kind.lasts()).await?;
    Ok(())
}

pub fn token(app: &App, id: EmailLinkId) -> String {
    format!("{}.{}", id.0.simple(), hex::encode(secret(app, id)))
}

fn secret(app: &App, id: EmailLinkId) -> [u8; 32] {
    app.sealer.code(format!("e-mail link {id}").as_bytes())
}

fn read(app: &App, token: &str) -> Option<EmailLinkId> {
    let (id, shown) = token.split_once('.')?;
    let id = EmailLinkId(Uuid::try_parse(id).ok()?);
    let shown = hex::decode(shown).ok()?;
    bool::from(secret(app, id).ct_eq(&shown)).then_some(id)
}

/// What a letter asks to open: our page, or for an app the wire, which leads on to it. Never made
/// from what a request says of its host.
pub fn address(app: &App, link: &LinkRow) -> Result<String, Fault> {
    let kind = link.kind()?;
    let base = app.config.server.public_url.trim_end_matches('/');
    let token = token(app, link.id);
    let Some(onward) = &link.redirect_to else {
        return Ok(format!("{base}{}?token={token}", kind.page()));
    };
    let onward: String = url::form_urlencoded::byte_serialize(onward.as_bytes()).collect();
    let name = kind.on_the_wire();
    Ok(format!(
        "{base}/auth/v1/verify?token={token}&type={name}&redirect_to={onward}"
    ))
}

/// Where an app may send people on to: this product, and the sites it shares passkeys with.
pub fn may_lead_to(app: &App, onward: &str) -> bool {
    let Ok(url) = url::Url::parse(onward) else {
        return false;
    };
    let origin = url.origin().ascii_serialization();
    app.config.passkey_origins().contains(&origin)
}

/// The link of a token, if it is good still.
///
/// # Errors
/// [`over`] when it is unknown, of another kind, used, withdrawn or too old.
pub async fn open(app: &App, tx: &mut Tx, kind: LinkKind, token: &str) -> Result<LinkRow, Fault> {
    let id = read(app, token).ok_or_else(over)?;
    let link = store::one(tx, id).await?.ok_or_else(over)?;
    if link.kind == kind.as_str() && link.is_open(wall(app)) {
        Ok(link)
    } else {
        Err(over())
    }
}

pub async fn row(tx: &mut Tx, id: EmailLinkId) -> Result<Option<LinkRow>, Fault> {
    Ok(store::one(tx, id).await?)
}

/// The letter with it has left.
pub async fn set_sent(app: &App, tx: &mut Tx, id: EmailLinkId) -> Result<(), Fault> {
    Ok(store::set_sent(tx, id, wall(app)).await?)
}

/// The code of [`over`].
pub const OVER: &str = "link_over";

pub fn over() -> Fault {
    Fault::invalid(
        OVER,
        "this link is not good any more: it was used, taken back, or is too old",
    )
}

/// Uses a link up. Of two who try at once one is told that it is over.
pub async fn use_up(app: &App, tx: &mut Tx, link: &LinkRow) -> Result<(), Fault> {
    if store::use_up(tx, link.id, wall(app)).await? {
        Ok(())
    } else {
        Err(over())
    }
}

impl LinkRow {
    pub fn is_open(&self, now: At) -> bool {
        self.used_at.is_none() && self.withdrawn_at.is_none() && self.expires_at > now
    }

    pub fn kind(&self) -> Result<LinkKind, Fault> {
        match self.kind.as_str() {
            "recovery" => Ok(LinkKind::Recovery),
            "invitation" => Ok(LinkKind::Invitation),
            other => Err(Fault::internal(anyhow::anyhow!("a link of kind {other}"))),
        }
    }

    /// The place that an invitation leads to.
    pub fn place(&self) -> Result<(OrgId, Role), Fault> {
        let (Some(org), Some(role)) = (self.org_id, &self.role) else {
            return Err(Fault::internal(anyhow::anyhow!("{} has no place", self.id)));
        };
        Ok((org, role.parse()?))
    }
}
