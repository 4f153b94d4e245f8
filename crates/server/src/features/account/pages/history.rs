//! What happened to one's account.

use askama::Template;
use axum::extract::{Query, State};

use crate::{
    app::App,
    db::{AccountEventId, At},
    fault::Fault,
    features::{
        home::Frame,
        sign_in::{
            account_tabs::{AccountTab, account_tabs},
            device,
            history::{self, EventRow},
        },
    },
    http::{After, May, Paging, Read},
    ui::{Event, Moment, Nav, Pager, Shell, Tabs, Timeline, Tone, View, address},
};

const HISTORY: &str = "/account/history";

#[derive(Template)]
#[template(path = "features/account/templates/history.html")]
pub struct HistoryPage {
    shell: Shell,
    tabs: Tabs,
    log: Timeline,
    pager: Pager,
}

fn place(after: &After) -> Option<(At, AccountEventId)> {
    Some((At::from_micros(after.int()?), AccountEventId(after.id)))
}

fn after(event: &EventRow) -> After {
    After::of_int(event.at.micros(), event.id.0)
}

pub async fn show(
    State(app): State<App>,
    _: May<Read>,
    Frame { who, shell }: Frame,
    Query(paging): Query<Paging>,
) -> Result<View<HistoryPage>, Fault> {
    let window = paging.window("at")?;
    let from = window.after.as_ref().and_then(place);
    let mut tx = app.db.read_global().await?;
    let found = history::list(&mut tx, who.person, from, window.rows()).await?;
    drop(tx);
    let page = window.page(found, after);
    let now = app.now().0;
    let told = |event: &EventRow| {
        let (tone, title) = words(&event.kind, &event.detail);
        Event {
            tone,
            title,
            when: Moment::ago(event.at.0, now, who.zone),
            by: app.places.beside(&event.address),
            detail: device(&event.user_agent),
        }
    };
    let at = |cursor: &str| address(HISTORY, &[("cursor", cursor)]);
    Ok(View(HistoryPage {
        log: Timeline {
            events: page.items.iter().map(told).collect(),
        },
        pager: Pager {
            shown: String::new(),
            first: paging.cursor.is_some().then(|| HISTORY.to_owned()),
            next: page.next_cursor.as_deref().map(at),
            csv: None,
        },
        tabs: account_tabs(&app, AccountTab::History),
        shell: shell.titled("History", Nav::Account),
    }))
}

fn words(kind: &str, detail: &str) -> (Tone, String) {
    match kind {
        "signed_in" => (Tone::Neutral, signed_in(detail)),
        "wrong_password" => (Tone::Risk, "A wrong password was entered".to_owned()),
        "wrong_code" => (Tone::Risk, "A wrong code was entered".to_owned()),
        "recovery_code_used" => (
            Tone::Risk,
            format!("A recovery code was used; {detail} left"),
        ),
        "password_changed" => (Tone::Good, "Your password was changed".to_owned()),
        "password_reset" => (
            Tone::Risk,
            "A new password was set by a link that was sent to you".to_owned(),
        ),
        "factor_added" => (Tone::Good, format!("Authenticator app {detail} was added")),
        "factor_removed" => (
            Tone::Risk,
            format!("Authenticator app {detail} was removed"),
        ),
        "recovery_codes_made" => (Tone::Good, "New recovery codes were made".to_owned()),
        "session_ended" => (Tone::Neutral, format!("The session on {detail} was ended")),
        _ => (Tone::Neutral, "All other sessions were ended".to_owned()),
    }
}

fn signed_in(by: &str) -> String {
    match by {
        "passkey" => "You signed in with a passkey".to_owned(),
        "recovery" => "You signed in by a link to set a new password".to_owned(),
        "invite" => "You joined by an invitation".to_owned(),
        _ => "You signed in with your password".to_owned(),
    }
}
