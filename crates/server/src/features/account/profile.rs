//! What people say of themselves: their name, and how they read times and numbers.

use serde_json::json;

use super::{avatar, store};
use crate::{
    app::App,
    db::Tx,
    fault::Fault,
    features::audit::{self, Act},
    http::Who,
    input::{self, Checks},
    ui::Locale,
};

pub use super::store::ProfileRow;

const LONGEST_NAME: usize = 200;

pub async fn profile(tx: &mut Tx, who: &Who) -> Result<ProfileRow, Fault> {
    Ok(store::profile(tx, who.person).await?)
}

/// A profile as it was typed. An empty zone is the organization's.
pub struct ProfileChange<'a> {
    pub version: i64,
    pub name: &'a str,
    pub time_zone: &'a str,
    pub locale: &'a str,
}

impl ProfileChange<'_> {
    fn read(&self) -> Result<ProfileRow, Fault> {
        let mut checks = Checks::default();
        let name = checks.take("name", input::line(self.name, LONGEST_NAME));
        let time_zone = checks.optional("time_zone", Some(self.time_zone), |zone| {
            let known = zone.parse::<chrono_tz::Tz>();
            known
                .map(|zone| zone.name().to_owned())
                .map_err(|_| "choose one of the list, such as Europe/London".to_owned())
        });
        let locale = Locale::of_tag(self.locale);
        if locale.is_none() {
            checks.wrong("locale", "choose one of the list");
        }
        checks.done()?;
        Ok(ProfileRow {
            name: name.unwrap_or_default(),
            time_zone,
            locale: locale.unwrap_or_default().tag().to_owned(),
            version: self.version,
        })
    }
}

/// # Errors
/// 409 when it was changed since it was read.
pub async fn change(app: &App, who: &Who, change: &ProfileChange<'_>) -> Result<(), Fault> {
    let after = change.read()?;
    let mut tx = app.db.write(who.org).await?;
    let before = store::profile(&mut tx, who.person).await?;
    store::update_profile(&mut tx, who.person, change.version, &after, app.now()).await?;
    let detail = json!({ "before": before, "after": after });
    record(app, &mut tx, who, "account.profile_changed", &detail).await?;
    Ok(tx.commit().await?)
}

/// Takes a file as the person's picture, whatever it is called.
pub async fn change_picture(app: &App, who: &Who, file: Vec<u8>) -> Result<(), Fault> {
    let image = avatar::square(file).await?;
    let hash = avatar::hash(&image);
    let detail = json!({ "hash": hash });
    let mut tx = app.db.write(who.org).await?;
    store::set_avatar(&mut tx, who.person, store::AvatarRow { image, hash }).await?;
    record(app, &mut tx, who, "account.picture_changed", &detail).await?;
    Ok(tx.commit().await?)
}

pub async fn remove_picture(app: &App, who: &Who) -> Result<(), Fault> {
    let mut tx = app.db.write(who.org).await?;
    store::remove_avatar(&mut tx, who.person).await?;
    record(app, &mut tx, who, "account.picture_removed", &json!({})).await?;
    Ok(tx.commit().await?)
}

async fn record(
    app: &App,
    tx: &mut Tx,
    who: &Who,
    action: &str,
    detail: &serde_json::Value,
) -> Result<(), Fault> {
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action,
        subject_kind: "person",
        subject: Some(who.person.0),
    };
    audit::record(app, tx, act, detail).await
}
