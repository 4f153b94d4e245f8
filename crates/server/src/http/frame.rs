//! The frame of a page: who looks, what waits on them, how fresh the data is, what is broken.

use axum::{extract::FromRequestParts, http::request::Parts};

use super::{Permission, Who, session::settle};
use crate::{
    app::App,
    db::PersonId,
    fault::Fault,
    features::home::{self, SourceRow, Standing},
    ui::{Counts, Notice, Shell, Theme, Tone, Viewer, read_flash},
};

/// The shell of a signed-in person's page. Every page takes it as an argument.
pub struct Frame {
    pub who: Who,
    pub shell: Shell,
}

impl FromRequestParts<App> for Frame {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        settle(parts, app).await?;
        // In one transaction: every page comes by here.
        let mut tx = app.db.read_global().await?;
        let who = Who::within(parts, app, &mut tx).await?;
        tx.enter(who.org).await?;
        let Standing { sources, waiting } = home::standing(&mut tx, who.org).await?;
        drop(tx);
        who.keep(parts, app).await?;
        let viewer = Viewer {
            name: who.name.clone(),
            email: who.email.clone(),
            role: who.role.as_str().to_owned(),
            organization: who.organization.clone(),
            has_several: who.has_several,
            zone: who.zone,
            administers: who.may(Permission::Administer),
            sees_cost: who.may(Permission::ReadCost),
            avatar: who.avatar.as_ref().map(|hash| avatar_of(who.person, hash)),
        };
        let now = app.now();
        let mut shell = Shell::new(viewer, Theme::of(&parts.headers), now.0);
        shell.counts = Counts {
            missed_billing: unsigned(waiting.findings),
            drafts: unsigned(waiting.drafts),
            client_mappings: unsigned(waiting.mappings),
        };
        shell.flash = read_flash(&parts.headers);
        shell.events = Some("/events");
        shell.notices = sources.iter().filter_map(problem).collect();
        if let Some(oldest) = home::data_from(&sources) {
            shell = shell.with_freshness(oldest.0, home::is_stale(oldest, now));
        }
        Ok(Self { who, shell })
    }
}

/// Where somebody's picture is; another picture has another address.
pub fn avatar_of(person: PersonId, hash: &str) -> String {
    format!(
        "/people/{person}/avatar?v={}",
        hash.get(..12).unwrap_or(hash)
    )
}

fn problem(source: &SourceRow) -> Option<Notice> {
    let text = source.problem.clone()?;
    let title = format!("{} needs attention", source.name);
    Some(Notice::new(Tone::Late, title, text).action("Open integrations", "/settings/integrations"))
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
