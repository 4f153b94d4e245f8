//! How what is posted looks in the ledger: approved at once or as a draft, in which theme, and by
//! what its lines are told apart in reports there. What there is to choose from is asked of the
//! ledger while a person waits; nothing of it is kept but the choice.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use vendors::xero::{Tracking, TrackingStatus, Xero};

use super::{Client, Connection, Unusable, client::open_briefly, one, store};
use crate::{
    app::App,
    db::{ConnectionId, DbError, OrgId, Tx},
    fault::Fault,
    features::audit::{self, Act},
    http::Who,
    input::Checks,
};

/// Something of the ledger's, by its id there and its name when it was chosen.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Named {
    pub id: String,
    pub name: String,
}

/// By what lines are told apart in the ledger's reports.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tracked {
    pub category: Named,
    pub option: Named,
}

/// How what is posted looks in the ledger.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct PostedAs {
    /// It stays a draft there until somebody approves it there.
    pub stays_draft: bool,
    /// None leaves the ledger's own.
    pub theme: Option<Named>,
    pub tracking: Vec<Tracked>,
    pub version: i64,
}

impl PostedAs {
    pub fn theme_id(&self) -> Option<String> {
        self.theme.as_ref().map(|theme| theme.id.clone())
    }

    /// As every line is sent.
    pub fn tracking(&self) -> Vec<Tracking> {
        let tracked = self.tracking.iter();
        tracked
            .map(|one| Tracking {
                category_id: one.category.id.clone(),
                option_id: one.option.id.clone(),
            })
            .collect()
    }
}

/// A tracking category with its options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Category {
    pub category: Named,
    pub options: Vec<Named>,
}

/// What there is to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Offer {
    pub themes: Vec<Named>,
    pub tracking: Vec<Category>,
}

/// The choice as it stands, and what the ledger offers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Choosing {
    pub chosen: PostedAs,
    pub offered: Offer,
}

/// What the ledger offers now.
///
/// # Errors
/// 503 with what to do when it cannot be asked; 404 for a connection to anything but a ledger.
pub async fn offered(app: &App, org: OrgId, connection: &Connection) -> Result<Offer, Fault> {
    let ledger = ask(app, org, connection).await?;
    let unavailable = |error: vendors::Error| Fault::Unavailable {
        message: error.to_string(),
    };
    let themes = ledger.branding_themes().await.map_err(unavailable)?;
    let categories = ledger.tracking_categories().await.map_err(unavailable)?;
    let themes = themes.items.into_iter().map(|theme| Named {
        id: theme.branding_theme_id,
        name: theme.name,
    });
    let is_active = |status: Option<&TrackingStatus>| {
        status.is_none_or(|status| *status == TrackingStatus::Active)
    };
    let tracking = categories.items.into_iter();
    let tracking = tracking.filter(|one| is_active(one.status.as_ref()));
    let tracking = tracking.map(|one| Category {
        options: one
            .options
            .into_iter()
            .filter(|option| is_active(option.status.as_ref()))
            .map(|option| Named {
                id: option.tracking_option_id,
                name: option.name,
            })
            .collect(),
        category: Named {
            id: one.tracking_category_id,
            name: one.name,
        },
    });
    Ok(Offer {
        themes: themes.collect(),
        tracking: tracking.collect(),
    })
}

async fn ask(app: &App, org: OrgId, connection: &Connection) -> Result<Xero, Fault> {
    match open_briefly(app, org, connection).await {
        Ok(Client::Xero(ledger)) => Ok(ledger),
        Ok(_) => Err(Fault::NotFound("this ledger")),
        Err(Unusable::Internal(error)) => Err(Fault::Internal(error)),
        Err(unusable) => Err(Fault::Unavailable {
            message: unusable.to_string(),
        }),
    }
}

/// What to post as from now on.
#[derive(Debug, Default, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = PostedAsInput)]
pub struct PostedAsInput {
    /// The version you saw.
    pub version: i64,
    pub stays_draft: bool,
    /// The theme's id in the ledger; null leaves the ledger's own.
    pub theme: Option<String>,
    /// Ids of options in the ledger, at most one of a category.
    pub tracking: Vec<String>,
}

impl PostedAsInput {
    fn checked(&self, offer: &Offer) -> Result<PostedAs, Fault> {
        let mut checks = Checks::default();
        let theme = self.theme.as_ref().and_then(|id| {
            let found = offer.themes.iter().find(|theme| theme.id == *id);
            if found.is_none() {
                checks.wrong("theme", "the ledger has no such theme any more");
            }
            found.cloned()
        });
        let mut tracking: Vec<Tracked> = Vec::new();
        for id in &self.tracking {
            let found = offer.tracking.iter().find_map(|one| {
                let option = one.options.iter().find(|option| option.id == *id)?;
                Some(Tracked {
                    category: one.category.clone(),
                    option: option.clone(),
                })
            });
            let is_second = |found: &Tracked| {
                let mut chosen = tracking.iter();
                chosen.any(|one| one.category == found.category)
            };
            match found {
                Some(found) if is_second(&found) => {
                    checks.wrong("tracking", "choose one option of a category");
                }
                Some(found) => tracking.push(found),
                None => checks.wrong("tracking", "the ledger has no such option any more"),
            }
        }
        checks.done()?;
        Ok(PostedAs {
            stays_draft: self.stays_draft,
            theme,
            tracking,
            version: self.version.saturating_add(1),
        })
    }
}

/// Changes it for what is posted from now on. `offer` is what the ledger has.
///
/// # Errors
/// 422 for what the ledger does not offer; 409 when somebody changed it meanwhile.
pub async fn change(
    app: &App,
    tx: &mut Tx,
    who: &Who,
    id: ConnectionId,
    offer: &Offer,
    input: &PostedAsInput,
) -> Result<PostedAs, Fault> {
    let after = input.checked(offer)?;
    let mut settings = one(tx, who.org, id).await?.settings();
    if settings.posted_as.version != input.version {
        return Err(DbError::Stale.into());
    }
    let before = std::mem::replace(&mut settings.posted_as, after.clone());
    let text = serde_json::to_string(&settings)?;
    store::set_settings(tx, who.org, id, &text).await?;
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action: "connection.posted_as",
        subject_kind: "connection",
        subject: Some(id.0),
    };
    audit::record(app, tx, act, &json!({ "before": before, "after": after })).await?;
    Ok(after)
}
