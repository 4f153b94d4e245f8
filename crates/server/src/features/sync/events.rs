//! `/events`: one stream per visible page that says which of its parts changed. It carries names
//! of topics only, so a missed event costs nothing; parts are fetched with the reader's own
//! rights. Whatever process wrote, every process sees it: the stream looks at the tables. That a
//! page listens does not keep its session from going idle.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use axum::{
    extract::{Request, State},
    http::request::Parts,
    response::{IntoResponse as _, Response, Sse, sse},
};
use futures::Stream;

use super::store::pulse;
use crate::{app::App, fault::Fault, http::Who};

/// How often the session and the tables are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How often a silent stream says that it is there.
const STILL_HERE: Duration = Duration::from_secs(15);
/// A stream ends after this; the browser opens another.
const LONGEST: Duration = Duration::from_mins(10);

pub async fn events(State(app): State<App>, request: Request) -> Result<Response, Fault> {
    let (asked, _) = request.into_parts();
    let who = Who::unnoticed(&asked, &app).await?;
    let stream = Sse::new(changes(app, who, asked)).keep_alive(
        sse::KeepAlive::new()
            .interval(STILL_HERE)
            .text("still here"),
    );
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
}

fn changes(app: App, who: Who, asked: Parts) -> impl Stream<Item = Result<sse::Event, Infallible>> {
    let watch = Watch {
        app,
        who,
        asked,
        seen: BTreeMap::new(),
        due: Vec::new(),
        began: tokio::time::Instant::now(),
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
                return Some(topic);
            }
            if self.began.elapsed() > LONGEST {
                return None;
            }
            tokio::select! {
                () = self.app.stopping.cancelled() => return None,
                () = tokio::time::sleep(LOOK) => {}
            }
            if !self.is_still_signed_in().await {
                return None;
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

    /// A session that was ended, or may do less than before, hears nothing more.
    async fn is_still_signed_in(&self) -> bool {
        match Who::unnoticed(&self.asked, &self.app).await {
            Ok(who) => {
                who.session == self.who.session
                    && who.org == self.who.org
                    && who.role == self.who.role
            }
            Err(_) => false,
        }
    }
}
