//! `/events`: one stream per visible page that says which of its parts changed. It carries names
//! of topics only, so a missed event costs nothing; parts are fetched with the reader's own
//! rights. Whatever process wrote, every process sees it: the stream looks at the tables.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use axum::{
    extract::{FromRequestParts as _, Request, State},
    http::request::Parts,
    response::{IntoResponse as _, Response, Sse, sse},
};
use futures::Stream;

use super::store::pulse;
use crate::{app::App, fault::Fault, http::Who};

/// How often the tables are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How often the session is looked at when nothing happens.
const CHECK: Duration = Duration::from_secs(15);
/// A stream ends after this; the browser opens another.
const LONGEST: Duration = Duration::from_mins(10);

pub async fn events(State(app): State<App>, request: Request) -> Result<Response, Fault> {
    let (mut parts, _) = request.into_parts();
    let asked = parts.clone();
    let who = Who::from_request_parts(&mut parts, &app).await?;
    let stream = Sse::new(changes(app, who, asked))
        .keep_alive(sse::KeepAlive::new().interval(CHECK).text("still here"));
    let headers = [("cache-control", "no-store"), ("x-accel-buffering", "no")];
    Ok((headers, stream).into_response())
}

/// What a stream remembers between two looks.
struct Watch {
    app: App,
    who: Who,
    asked: Parts,
    seen: BTreeMap<&'static str, String>,
    due: Vec<&'static str>,
    began: tokio::time::Instant,
    checked: tokio::time::Instant,
}

fn changes(app: App, who: Who, asked: Parts) -> impl Stream<Item = Result<sse::Event, Infallible>> {
    let now = tokio::time::Instant::now();
    let watch = Watch {
        app,
        who,
        asked,
        seen: BTreeMap::new(),
        due: Vec::new(),
        began: now,
        checked: now,
    };
    futures::stream::unfold(watch, async |mut watch| {
        let topic = watch.next().await?;
        let event = sse::Event::default()
            .event(topic)
            .retry(Duration::from_secs(2))
            .data("changed");
        Some((Ok(event), watch))
    })
}

impl Watch {
    /// The next topic that changed; none ends the stream.
    async fn next(&mut self) -> Option<&'static str> {
        loop {
            if let Some(topic) = self.due.pop() {
                return self.is_still_signed_in().await.then_some(topic);
            }
            if self.began.elapsed() > LONGEST {
                return None;
            }
            if self.checked.elapsed() > CHECK && !self.is_still_signed_in().await {
                return None;
            }
            tokio::select! {
                () = self.app.stopping.cancelled() => return None,
                () = tokio::time::sleep(LOOK) => {}
            }
            match self.look().await {
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(%error, "an event stream could not look at the tables");
                    return None;
                }
            }
        }
    }

    async fn look(&mut self) -> Result<(), Fault> {
        let mut tx = self.app.db.read(self.who.org).await?;
        let is_first = self.seen.is_empty();
        for (topic, state) in pulse::topics(&mut tx, self.who.org).await? {
            let before = self.seen.insert(topic, state.clone());
            if !is_first && before.as_ref() != Some(&state) {
                self.due.push(topic);
            }
        }
        Ok(())
    }

    async fn is_still_signed_in(&mut self) -> bool {
        self.checked = tokio::time::Instant::now();
        let mut asked = self.asked.clone();
        match Who::from_request_parts(&mut asked, &self.app).await {
            Ok(who) => who.session == self.who.session && who.org == self.who.org,
            Err(_) => false,
        }
    }
}
