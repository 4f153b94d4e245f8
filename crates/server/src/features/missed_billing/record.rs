//! Writing what a reconciliation found: only differences, so that a second run changes nothing.

use std::collections::HashMap;

use billing::{
    finding::{Finding, PriceSource, Severity, SeverityRules, severity},
    reconcile::Outcome,
};
use chrono::NaiveDate;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    State,
    evidence::{Evidence, subject, title, word},
    store::{self, Content, Event, Known, NewState},
};
use crate::{
    app::App,
    db::{Day, FindingId, OrgId, Tx},
    fault::Fault,
    features::reconciliation::{Names, Summary, uuid_of},
};

/// Brings the finding table to what was found.
pub async fn record(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    outcome: &Outcome,
    names: &Names,
    today: NaiveDate,
) -> Result<Summary, Fault> {
    let mut known: HashMap<String, Known> = store::known(tx, org)
        .await?
        .into_iter()
        .map(|row| (row.identity.clone(), row))
        .collect();
    let ranking = Ranking::load(tx, org).await?;
    let mut recorder = Recorder {
        app,
        org,
        today: Day(today),
        summary: Summary::default(),
    };
    for finding in &outcome.findings {
        let identity = serde_json::to_string(&finding.identity)?;
        let earlier = known.remove(&identity);
        let runs_open = earlier.as_ref().map_or(0, |row| row.runs_open);
        let content = content(finding, names, &ranking, runs_open)?;
        match earlier {
            None => recorder.first_seen(tx, &identity, &content).await?,
            Some(row) => recorder.again(tx, &row, &content).await?,
        }
    }
    for gone in known.into_values() {
        recorder.gone(tx, &gone).await?;
    }
    recorder.summary.found = u64::try_from(outcome.findings.len()).unwrap_or(u64::MAX);
    Ok(recorder.summary)
}

struct Recorder<'a> {
    app: &'a App,
    org: OrgId,
    today: Day,
    summary: Summary,
}

impl Recorder<'_> {
    async fn first_seen(
        &mut self,
        tx: &mut Tx,
        identity: &str,
        content: &Content,
    ) -> Result<(), Fault> {
        let id: FindingId = self.app.new_id();
        store::insert(
            tx,
            self.org,
            id,
            identity,
            content,
            self.today,
            self.app.now(),
        )
        .await?;
        self.summary.changed += 1;
        self.tell(tx, id, "found", content.impact_minor).await
    }

    async fn again(&mut self, tx: &mut Tx, row: &Known, content: &Content) -> Result<(), Fault> {
        if row.content_hash != content.hash {
            store::update(tx, self.org, row.id, content, self.app.now()).await?;
            self.summary.changed += 1;
            self.tell(tx, row.id, "changed", content.impact_minor)
                .await?;
        }
        let outgrown = row
            .accepted_impact_minor
            .is_some_and(|then| content.impact_minor > then);
        let back = match row.state.parse()? {
            State::Open | State::Reviewed => None,
            State::Snoozed => row
                .snoozed_until
                .is_none_or(|until| until <= self.today)
                .then_some("woke"),
            State::Ignored | State::Applied => outgrown.then_some("reopened"),
            State::Closed => Some("reopened"),
        };
        match back {
            None => Ok(()),
            Some(event) => {
                store::set_state(tx, self.org, row.id, &NewState::open()).await?;
                self.summary.changed += 1;
                self.tell(tx, row.id, event, content.impact_minor).await
            }
        }
    }

    async fn gone(&mut self, tx: &mut Tx, row: &Known) -> Result<(), Fault> {
        if row.state.parse::<State>()? == State::Closed {
            return Ok(());
        }
        let why = match row.state.parse()? {
            State::Applied => "the change that was applied is in effect",
            _ => "the facts agree again",
        };
        let closed = NewState {
            state: State::Closed.as_str(),
            closed_at: Some(self.app.now()),
            closed_why: Some(why),
            ..NewState::open()
        };
        store::set_state(tx, self.org, row.id, &closed).await?;
        self.summary.healed += 1;
        self.tell(tx, row.id, "closed", 0).await
    }

    async fn tell(
        &self,
        tx: &mut Tx,
        finding: FindingId,
        kind: &str,
        impact_minor: i64,
    ) -> Result<(), Fault> {
        let detail = serde_json::json!({ "impact_minor": impact_minor }).to_string();
        let event = Event {
            finding,
            at: self.app.now(),
            person: None,
            kind,
            detail,
        };
        Ok(store::insert_event(tx, self.org, self.app.new_id::<Uuid>(), &event).await?)
    }
}

/// What lists need beside the finding itself.
struct Ranking {
    /// Units of a foreign currency per home unit, × 10⁶.
    rates: HashMap<String, i64>,
    home: String,
    names: HashMap<Uuid, String>,
}

impl Ranking {
    async fn load(tx: &mut Tx, org: OrgId) -> Result<Self, Fault> {
        let home = crate::features::reconciliation::home_currency(tx, org).await?;
        Ok(Self {
            rates: store::ledger_rates(tx, org).await?.into_iter().collect(),
            names: store::names(tx, org).await?.into_iter().collect(),
            home,
        })
    }

    /// The impact in the home currency, for sorting only; zero where no rate is known.
    fn rank_minor(&self, impact_minor: i64, currency: &str) -> i64 {
        if currency == self.home {
            return impact_minor;
        }
        let rate = self.rates.get(currency).copied().filter(|rate| *rate > 0);
        let home = rate.map(|rate| i128::from(impact_minor) * 1_000_000 / i128::from(rate));
        home.and_then(|minor| i64::try_from(minor).ok())
            .unwrap_or(0)
    }

    fn name(&self, id: Option<billing::Id>) -> &str {
        id.and_then(|id| self.names.get(&uuid_of(id)))
            .map_or("", String::as_str)
    }
}

fn content(
    finding: &Finding,
    names: &Names,
    ranking: &Ranking,
    runs_open: i64,
) -> Result<Content, Fault> {
    let impact_minor = finding.impact.minor;
    let currency = finding.impact.currency.code().to_owned();
    let runs = u32::try_from(runs_open).unwrap_or(u32::MAX);
    let severity = severity(
        finding.kind(),
        finding.impact,
        runs,
        &SeverityRules::default(),
    );
    let subject = subject(&finding.identity, names);
    let title = title(&finding.identity, names);
    let evidence = serde_json::to_string(&Evidence::of(finding, names))?;
    let mut hash = Sha256::new();
    for part in [&evidence, &subject, &title, &severity.as_str().to_owned()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let search_key = format!(
        "{} {} {} {subject}",
        ranking.name(finding.client),
        ranking.name(finding.item),
        title.to_lowercase()
    );
    Ok(Content {
        kind: finding.kind().as_str(),
        client: finding.client.map(|id| uuid_of(id).into()),
        item: finding.item.map(|id| uuid_of(id).into()),
        line: finding.line.map(|id| uuid_of(id).into()),
        side: word(&finding.kind().side()),
        severity: severity.as_str(),
        severity_rank: severity_rank(severity),
        impact_minor,
        rank_minor: ranking.rank_minor(impact_minor, &currency),
        currency,
        estimated: finding
            .price
            .is_some_and(|price| price.source == PriceSource::EstimatedFromCost),
        one_off_minor: finding.one_off.map(|money| money.minor),
        hash: hash.finalize().to_vec(),
        search_key: search_key.to_lowercase(),
        subject,
        title,
        evidence,
    })
}

/// High first when sorted descending.
fn severity_rank(severity: Severity) -> i64 {
    match severity {
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 3,
    }
}
