//! Another organization, of somebody who is signed in.

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    Organization,
    change::{LONGEST_NAME, slug, slug_taken},
    organization, store,
};
use crate::{
    app::App,
    db::Tx,
    fault::Fault,
    features::{
        audit::{self, Act},
        sign_in::{self, NewOrganization, rate},
    },
    http::{Role, Who},
    input::{self, Checks},
};

/// What one person makes in a day at most.
const MOST: i64 = 10;
const DAY: TimeDelta = TimeDelta::days(1);

/// A new organization as it is asked for.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationInput {
    pub name: String,
    /// Left out, it follows from the name.
    #[serde(default)]
    pub slug: Option<String>,
    /// What its books are kept in, such as GBP. It cannot be changed later.
    pub currency: String,
    /// Where its days begin and end, such as Europe/London. It cannot be changed later.
    pub time_zone: String,
}

impl OrganizationInput {
    fn read(&self) -> Result<(NewOrganization, Option<String>), Fault> {
        let mut checks = Checks::default();
        let name = checks.take("name", input::line(&self.name, LONGEST_NAME));
        let slug = checks.optional("slug", self.slug.as_deref(), slug);
        let currency = checks.take("currency", input::currency(&self.currency));
        let zone = self.time_zone.trim().parse::<chrono_tz::Tz>();
        let zone = zone.map_err(|_| "use a zone name such as Europe/London".to_owned());
        let zone = checks.take("time_zone", zone);
        checks.done()?;
        let new = NewOrganization {
            name: name.unwrap_or_default(),
            currency: currency.unwrap_or_default(),
            time_zone: zone.unwrap_or(chrono_tz::UTC).name().to_owned(),
        };
        Ok((new, slug))
    }
}

/// Makes an organization whose Owner is `who`. Their session stays where it is.
pub async fn create(
    app: &App,
    tx: &mut Tx,
    who: &Who,
    input: &OrganizationInput,
) -> Result<Organization, Fault> {
    let (new, slug) = input.read()?;
    let counted = format!("organizations:{}", who.person);
    rate::spend(app, tx, &counted, MOST, DAY).await?;
    let id = sign_in::create_organization(app, tx, &new).await?;
    if let Some(slug) = slug {
        store::set_slug(tx, id, &slug).await.map_err(slug_taken)?;
    }
    sign_in::add_hashed(app, tx, id, &who.email, &who.name, Role::Owner, None).await?;
    let act = Act {
        org: id,
        person: Some(who.person),
        action: "organization.created",
        subject_kind: "organization",
        subject: Some(id.0),
    };
    tx.enter(id).await?;
    audit::record(app, tx, act, &json!({ "name": new.name })).await?;
    tx.enter(who.org).await?;
    organization(tx, id).await
}
