//! Applying what was ticked: one page that says what it comes to, and one confirmation.

use askama::Template;
use axum::{extract::State, response::Response};
use axum_extra::extract::{Form, Query};
use billing::finding::ApplyWhen;
use serde::Deserialize;

use super::{act::back_to_list, place_of, words};
use crate::{
    app::App,
    db::{FindingId, Tx},
    fault::Fault,
    features::{
        home::Frame,
        missed_billing::{
            FindingView,
            apply::{self, OptionView},
            detail,
        },
    },
    http::{May, Pick, Who, Work},
    ui::{Choices, Figure, Nav, Shell, View, format},
};

/// More would not fit on one page of the list.
const MOST: usize = 200;

#[derive(Deserialize)]
pub struct Ticked {
    #[serde(default)]
    pick: Vec<Pick<FindingId>>,
}

struct Row {
    href: String,
    about: String,
    sentence: String,
    change: String,
    worth: Figure,
}

#[derive(Template)]
#[template(path = "features/missed_billing/templates/bulk.html")]
pub struct BulkPage {
    shell: Shell,
    picks: Vec<String>,
    rows: Vec<Row>,
    /// Ticked, and not to be applied here.
    left_out: Vec<Row>,
    when: Choices,
    button: String,
}

pub async fn summary(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    _may: May<Work>,
    Query(ticked): Query<Ticked>,
) -> Result<View<BulkPage>, Fault> {
    let picks = few_enough(ticked.pick)?;
    let mut tx = app.db.read(who.org).await?;
    let (mut ready, mut rows, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    let mut sums = Sums::default();
    for pick in picks {
        let (view, options) = one(&app, &who, &mut tx, pick.id).await?;
        match options.first() {
            Some(first) => {
                rows.push(row(&view, &who, first.change.clone()));
                sums.add(&options);
                ready.push(pick.to_string());
            }
            None => left_out.push(row(
                &view,
                &who,
                "It cannot be applied as it stands.".to_owned(),
            )),
        }
    }
    drop(tx);
    let count = u64::try_from(rows.len()).unwrap_or(0);
    Ok(View(BulkPage {
        shell: shell.titled("Apply findings", Nav::MissedBilling),
        picks: ready,
        button: format!("Apply {}", format::counted(count, "finding", "findings")),
        when: sums.choices(),
        rows,
        left_out,
    }))
}

fn few_enough(picks: Vec<Pick<FindingId>>) -> Result<Vec<Pick<FindingId>>, Fault> {
    if picks.len() <= MOST {
        Ok(picks)
    } else {
        Err(Fault::invalid(
            "too_many",
            "apply at most 200 findings at once",
        ))
    }
}

async fn one(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: FindingId,
) -> Result<(FindingView, Vec<OptionView>), Fault> {
    let (view, _) = detail(tx, who.org, id).await?;
    let options = apply::options(app, who, tx, &view).await?;
    Ok((view, options))
}

fn row(view: &FindingView, who: &Who, change: String) -> Row {
    Row {
        href: place_of(view.id),
        about: words::about(view),
        sentence: words::told(view, who),
        change,
        worth: words::worth(view),
    }
}

/// The option for a moment; a finding that does not offer it takes its own first one.
fn chosen(options: &[OptionView], when: ApplyWhen) -> Option<&OptionView> {
    options
        .iter()
        .find(|option| option.when == when.as_str())
        .or_else(|| options.first())
}

/// What each moment comes to: by currency, and never one side against the other.
#[derive(Default)]
struct Sums {
    amounts: Vec<(ApplyWhen, String, bool, i64)>,
}

impl Sums {
    fn add(&mut self, options: &[OptionView]) {
        for when in ApplyWhen::ALL {
            let Some(option) = chosen(options, when) else {
                continue;
            };
            let gives_back = option.now_minor < 0;
            let same = self.amounts.iter_mut().find(|(at, currency, side, _)| {
                *at == when && *currency == option.currency && *side == gives_back
            });
            if let Some((_, _, _, sum)) = same {
                *sum = sum.saturating_add(option.now_minor);
            } else {
                let row = (when, option.currency.clone(), gives_back, option.now_minor);
                self.amounts.push(row);
            }
        }
    }

    fn choices(&self) -> Choices {
        let first = ApplyWhen::NextPeriod.as_str();
        let choices = Choices::new("when", "When do they start to count?", first);
        ApplyWhen::ALL.into_iter().fold(choices, |choices, when| {
            let hint = format!(
                "{} {}",
                words::when_hint(when.as_str(), false),
                self.sentence(when)
            );
            choices.choice(when.as_str(), words::when_title(when.as_str()), hint, None)
        })
    }

    fn sentence(&self, when: ApplyWhen) -> String {
        let parts: Vec<String> = self
            .amounts
            .iter()
            .filter(|(at, _, _, sum)| *at == when && *sum != 0)
            .map(|(_, currency, gives_back, sum)| {
                let what = if *gives_back { "given back" } else { "billed" };
                format!("{} {what}", format::money(sum.saturating_abs(), currency))
            })
            .collect();
        if parts.is_empty() {
            "Nothing joins the next drafts.".to_owned()
        } else {
            format!("On the next drafts: {}.", parts.join(", "))
        }
    }
}

#[derive(Deserialize)]
pub struct ApplyForm {
    #[serde(default)]
    pick: Vec<Pick<FindingId>>,
    #[serde(default)]
    when: String,
}

/// All of them or none: a finding that changed since stops the whole act.
pub async fn apply(
    State(app): State<App>,
    who: May<Work>,
    Form(form): Form<ApplyForm>,
) -> Result<Response, Fault> {
    let when = apply::when(&form.when)?;
    let picks = few_enough(form.pick)?;
    let mut tx = app.db.write(who.org).await?;
    for pick in &picks {
        let (_, options) = one(&app, &who, &mut tx, pick.id).await?;
        let own = chosen(&options, when).map_or(Ok(when), |option| apply::when(option.when))?;
        apply::apply(&app, &who, &mut tx, pick.id, pick.version, own).await?;
    }
    tx.commit().await?;
    let count = u64::try_from(picks.len()).unwrap_or(0);
    let what = format::counted(count, "finding", "findings");
    Ok(back_to_list(format!(
        "Applied {what}. Each can be undone on its own page."
    )))
}
