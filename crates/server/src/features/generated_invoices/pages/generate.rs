//! Making drafts: for whom and until when, what is missed there, what would be made, and the
//! confirmation.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use chrono::NaiveDate;
use serde::Deserialize;

use super::{LIST, place_of};
use crate::{
    app::App,
    db::{ClientId, Tx},
    fault::Fault,
    features::{
        clients::Span,
        generated_invoices::{
            Foreseen, Plan, PlannedDraft, Scope, api::scope, foreseen, generate, hold_sentence,
            plan, runs, stop_sentences, store,
        },
        home::Frame,
        missed_billing::{self, Sums},
    },
    http::{May, Who, Work, done},
    ui::{
        Field, Figure, Flash, Moment, Nav, Notice, Quantity, Shell, Tone, UnitPrice, View, address,
        format,
    },
};

/// Drafts shown one by one; of more, only the sums.
const SHOWN: usize = 60;

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct ScopeForm {
    client: String,
    as_of: String,
    /// Set once the person asked for the preview.
    preview: String,
}

impl ScopeForm {
    fn client(&self) -> Result<Option<ClientId>, Fault> {
        match self.client.as_str() {
            "" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| Fault::field("client", "choose a client")),
        }
    }

    fn as_of(&self) -> Result<Option<NaiveDate>, Fault> {
        match self.as_of.as_str() {
            "" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| Fault::field("as_of", "choose a date")),
        }
    }

    fn scope(&self, app: &App, who: &Who) -> Result<Scope, Fault> {
        scope(app, who, self.client()?, None, self.as_of()?)
    }
}

struct Draft {
    client: String,
    reference: String,
    issued: Moment,
    lines: Vec<Line>,
    net: Figure,
    tax: Figure,
    total: Figure,
    /// Against the contract's last invoice.
    difference: Option<Figure>,
    stops: Vec<String>,
    holds: Vec<String>,
}

struct Line {
    description: String,
    quantity: Quantity,
    unit_price: UnitPrice,
    net: Figure,
}

struct Preview {
    drafts: Vec<Draft>,
    /// Lines that cannot be worked out whole.
    problems: Vec<Notice>,
    /// Drafts that are not shown one by one.
    more: Option<String>,
    totals: Vec<Figure>,
    button: String,
}

#[derive(Template)]
#[template(path = "features/generated_invoices/templates/generate.html")]
pub struct GeneratePage {
    shell: Shell,
    client: Field,
    as_of: Field,
    scope: ScopeForm,
    /// A run that is on its way.
    running: Option<Notice>,
    findings: Option<Notice>,
    preview: Option<Preview>,
}

pub async fn show(
    frame: Frame,
    State(app): State<App>,
    _may: May<Work>,
    Query(form): Query<ScopeForm>,
) -> Result<Response, Fault> {
    match form.scope(&app, &frame.who) {
        Ok(scope) => Ok(page(&app, frame, form, Some(scope), None)
            .await?
            .into_response()),
        Err(fault @ Fault::Invalid { .. }) => {
            let page = page(&app, frame, form, None, Some(fault)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(fault) => Err(fault),
    }
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    mut form: ScopeForm,
    scope: Option<Scope>,
    refused: Option<Fault>,
) -> Result<View<GeneratePage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let clients = store::scope::clients(&mut tx, who.org).await?;
    let client = form.client().unwrap_or_default();
    let findings = findings(&mut tx, &who, client).await?;
    let running = runs::open_run(&mut tx, who.org).await?;
    let running = running.as_ref().map(super::runs::on_its_way);
    let wants_preview = !form.preview.is_empty();
    let preview = match &scope {
        Some(scope) if wants_preview => Some(preview(&mut tx, &who, scope).await?),
        _ => None,
    };
    drop(tx);
    if let Some(scope) = &scope {
        form.as_of = scope.as_of.to_string();
    }
    let errors = refused.map(|fault| fault.fields()).unwrap_or_default();
    let all = Field::select("client", "Client")
        .option("", "All clients")
        .value(&form.client);
    let choose = clients
        .into_iter()
        .fold(all, |field, (id, name)| field.option(id.to_string(), name));
    Ok(View(GeneratePage {
        shell: shell.titled("Generate drafts", Nav::GeneratedInvoices),
        client: choose.error(errors.get("client").cloned()),
        as_of: Field::date("as_of", "Everything that can be charged by")
            .value(&form.as_of)
            .required()
            .error(errors.get("as_of").cloned()),
        scope: form,
        running,
        findings,
        preview,
    }))
}

/// "n findings worth X apply to these clients": said before anything is made.
async fn findings(
    tx: &mut Tx,
    who: &Who,
    client: Option<ClientId>,
) -> Result<Option<Notice>, Fault> {
    let counts = missed_billing::counts(tx, who.org, client).await?;
    if counts.ready == 0 {
        return Ok(None);
    }
    let sums = missed_billing::sums(tx, who.org, client).await?;
    let to_bill: Vec<&Sums> = sums.iter().filter(|sum| sum.side == "to_bill").collect();
    let mut by_currency: Vec<(String, i64)> = Vec::new();
    for sum in to_bill {
        match by_currency
            .iter_mut()
            .find(|(currency, _)| *currency == sum.currency)
        {
            Some((_, total)) => *total = total.saturating_add(sum.impact_minor),
            None => by_currency.push((sum.currency.clone(), sum.impact_minor)),
        }
    }
    let worth: Vec<String> = by_currency
        .iter()
        .map(|(currency, minor)| format::money(*minor, currency))
        .collect();
    let count = u64::try_from(counts.ready).unwrap_or(0);
    let whom = if client.is_some() {
        "this client"
    } else {
        "these clients"
    };
    let title = format!(
        "{} ready to apply to {whom}.",
        format::counted(count, "finding is", "findings are")
    );
    let text = if worth.is_empty() {
        "Apply them first, and they stand on the drafts.".to_owned()
    } else {
        format!(
            "All that is open there is worth {} a month. Apply first, and it stands on the drafts.",
            worth.join(" and ")
        )
    };
    let client = client.map(|id| id.to_string()).unwrap_or_default();
    let href = address("/missed-billing", &[("tab", "ready"), ("client", &client)]);
    Ok(Some(
        Notice::new(Tone::Info, title, text).action("Look at them", href),
    ))
}

async fn preview(tx: &mut Tx, who: &Who, scope: &Scope) -> Result<Preview, Fault> {
    let Plan {
        drafts, problems, ..
    } = plan(tx, who.org, scope).await?;
    let count = u64::try_from(drafts.len()).unwrap_or(0);
    let mut totals: Vec<(String, i64)> = Vec::new();
    for draft in &drafts {
        let code = draft.currency.code();
        match totals.iter_mut().find(|(currency, _)| currency == code) {
            Some((_, total)) => *total = total.saturating_add(draft.gross_minor()),
            None => totals.push((code.to_owned(), draft.gross_minor())),
        }
    }
    let mut shown = Vec::new();
    for draft in drafts.iter().take(SHOWN) {
        let seen = foreseen(tx, who.org, draft).await?;
        shown.push(drafted(draft, &seen));
    }
    let rest = drafts.len().saturating_sub(SHOWN);
    let rest = u64::try_from(rest).unwrap_or(0);
    let cannot = |problem| Notice::new(Tone::Risk, "This cannot be worked out whole.", problem);
    Ok(Preview {
        drafts: shown,
        problems: problems.into_iter().map(cannot).collect(),
        more: (rest > 0).then(|| format!("And {} more.", format::counted(rest, "draft", "drafts"))),
        totals: totals
            .into_iter()
            .map(|(currency, minor)| Figure::new(minor, currency).per("to invoice"))
            .collect(),
        button: format!("Make {}", format::counted(count, "draft", "drafts")),
    })
}

fn drafted(draft: &PlannedDraft, seen: &Foreseen) -> Draft {
    let code = draft.currency.code();
    let lines = draft.lines.iter().map(|line| Line {
        description: line.description.clone(),
        quantity: Quantity::micros(line.quantity.0),
        unit_price: UnitPrice::micros(line.unit_price.0, code),
        net: Figure::new(line.net.minor, code),
    });
    Draft {
        client: draft.client_name.clone(),
        reference: draft.reference.clone(),
        issued: Moment::date(draft.issued_on),
        lines: lines.collect(),
        net: Figure::new(draft.net.minor, code),
        tax: Figure::new(draft.tax.minor, code),
        total: Figure::new(draft.gross_minor(), code),
        difference: draft
            .last_net
            .map(|last| Figure::new(draft.net.minor.saturating_sub(last.minor), code).change()),
        stops: stop_sentences(&seen.stops),
        holds: seen.holds.iter().map(hold_sentence).collect(),
    }
}

/// Makes what the preview showed. What somebody else made meanwhile is not made again.
pub async fn make(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Form(form): Form<ScopeForm>,
) -> Result<Response, Fault> {
    let scope = match form.scope(&app, &who) {
        Ok(scope) => scope,
        Err(fault @ Fault::Invalid { .. }) => {
            let page = page(&app, frame, form, None, Some(fault)).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
        Err(fault) => return Err(fault),
    };
    let mut tx = app.db.write(who.org).await?;
    let clients = store::clients_to_invoice(&mut tx, who.org).await?;
    if scope.clients == Span::ALL && clients > runs::WHILE_ONE_WAITS {
        let run = runs::begin(&app, &mut tx, who.org, Some(who.person), &scope).await?;
        tx.commit().await?;
        return Ok(super::runs::began(run));
    }
    let made = generate::generate(&app, &mut tx, who.org, Some(who.person), &scope).await?;
    tx.commit().await?;
    if let Some(problem) = made.problems.first() {
        let count = u64::try_from(made.ids.len()).unwrap_or(0);
        let made = format::counted(count, "draft", "drafts");
        return Ok(done(
            LIST,
            &Flash::problem(format!("Made {made}. But: {problem}")),
        ));
    }
    Ok(match made.ids.as_slice() {
        [] => done(
            LIST,
            &Flash::done("Nothing to invoice: everything is covered already."),
        ),
        [one] => done(
            &place_of(*one),
            &Flash::done("Made a draft. Look at it and approve it."),
        ),
        several => {
            let count = u64::try_from(several.len()).unwrap_or(0);
            let message = format!("Made {}.", format::counted(count, "draft", "drafts"));
            done(LIST, &Flash::done(message))
        }
    })
}
