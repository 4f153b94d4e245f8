//! The one thing that matters most now.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Attention, Setup, SourceRow, data_from, is_stale};
use crate::{
    app::App,
    http::{Permission, Who},
    ui::format,
};

/// What the main button of Home is about, most pressing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    BrokenSource,
    StaleSource,
    Setup,
    Second,
    HighFindings,
    Approve,
    Post,
    Findings,
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Next {
    pub what: What,
    /// The button's words.
    pub label: String,
    /// One sentence that says why.
    pub about: String,
    /// Where it leads; null where there is nothing to do.
    pub href: Option<String>,
}

/// The order: a broken or stale source, setting up, an approval that waits for this person, high
/// findings, drafts, other findings. What
/// a role may not do is not asked of it.
pub fn of(
    app: &App,
    who: &Who,
    sources: &[SourceRow],
    setup: &Setup,
    attention: &Attention,
) -> Next {
    let works = who.may(Permission::Work);
    let source = works.then(|| source(app, sources)).flatten();
    source
        .or_else(|| works.then(|| step(setup)).flatten())
        .or_else(|| works.then(|| second(attention)).flatten())
        .or_else(|| high_findings(attention))
        .or_else(|| works.then(|| drafts(attention)).flatten())
        .or_else(|| other_findings(attention))
        .unwrap_or_else(|| nothing(sources))
}

fn next(what: What, label: impl Into<String>, about: impl Into<String>, href: &str) -> Next {
    Next {
        what,
        label: label.into(),
        about: about.into(),
        href: Some(href.to_owned()),
    }
}

fn source(app: &App, sources: &[SourceRow]) -> Option<Next> {
    if let Some(broken) = sources.iter().find(|source| source.problem.is_some()) {
        return Some(next(
            What::BrokenSource,
            format!("Mend {}", broken.name),
            format!("{} cannot be read, so figures may be old.", broken.name),
            "/settings/integrations",
        ));
    }
    let old = data_from(sources).filter(|at| is_stale(*at, app.now()));
    old.map(|_| {
        next(
            What::StaleSource,
            "Sync All",
            "What is shown here is hours old.",
            "/sync",
        )
    })
}

fn step(setup: &Setup) -> Option<Next> {
    let step = setup.next()?;
    let about = format!("Step {} of {}.", setup.done() + 1, setup.steps.len());
    Some(next(
        What::Setup,
        step.title,
        format!("{about} {}", step.about),
        step.href,
    ))
}

fn counted(count: i64, one: &str, many: &str) -> String {
    format::counted(u64::try_from(count).unwrap_or(0), one, many)
}

fn second(attention: &Attention) -> Option<Next> {
    let count = attention.awaiting_you;
    (count > 0).then(|| {
        let label = format!("Approve {}", counted(count, "draft", "drafts"));
        let about = "One person has approved; it takes a second one.";
        next(
            What::Second,
            label,
            about,
            "/generated-invoices?status=second",
        )
    })
}

fn high_findings(attention: &Attention) -> Option<Next> {
    let count = attention.high_findings;
    (count > 0).then(|| {
        let label = format!(
            "Look at {}",
            counted(count, "high finding", "high findings")
        );
        let about = format!(
            "{} of high severity: worth the most, or wrong for the longest.",
            counted(count, "finding is", "findings are")
        );
        next(What::HighFindings, label, about, "/missed-billing")
    })
}

fn drafts(attention: &Attention) -> Option<Next> {
    let (approve, post) = (attention.to_approve.count, attention.to_post.count);
    if approve > 0 {
        let label = format!("Approve {}", counted(approve, "draft", "drafts"));
        let about = "Approving sends nothing; posting comes after it.";
        return Some(next(What::Approve, label, about, "/generated-invoices"));
    }
    (post > 0).then(|| {
        let label = format!("Post {}", counted(post, "invoice", "invoices"));
        let about = "Approved, and not in accounting yet.";
        next(What::Post, label, about, "/generated-invoices/post")
    })
}

fn other_findings(attention: &Attention) -> Option<Next> {
    let count = attention.findings;
    (count > 0).then(|| {
        let label = format!("Look at {}", counted(count, "finding", "findings"));
        let about = "None of them is of high severity.";
        next(What::Findings, label, about, "/missed-billing")
    })
}

fn nothing(sources: &[SourceRow]) -> Next {
    let about = if sources.is_empty() {
        "Nothing is connected yet. An Owner, Admin or Finance person of your organization does that."
    } else {
        "What was bought, counted, agreed and invoiced agrees, and no draft waits."
    };
    Next {
        what: What::Nothing,
        label: "Nothing needs you".to_owned(),
        about: about.to_owned(),
        href: None,
    }
}
