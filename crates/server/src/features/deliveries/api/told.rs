//! How an invoice was worked out, in the words its client gets, for programs.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::invoice_id;
use crate::{
    app::App,
    db::GeneratedInvoiceId,
    fault::Fault,
    features::{
        deliveries::{ClientExplanation, client_explanation, explanation::ExplainedLine},
        generated_invoices::explained::Explained,
    },
    http::{May, Read},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(explanation))
}

/// What a client is told of an invoice; never cost or margin.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClientExplanation)]
struct Told {
    title: String,
    /// Who writes.
    from: String,
    to: String,
    number: String,
    lines: Vec<ToldLine>,
    total: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClientExplanationLine)]
struct ToldLine {
    description: String,
    period: String,
    net: String,
    /// Null where nothing more is known than what it says.
    rule: Option<String>,
    steps: Vec<ToldStep>,
    /// What the steps come to, and what that is called.
    result: Option<(String, String)>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClientExplanationStep)]
struct ToldStep {
    /// How it joins the step before: empty, `+`, `−`, `×`.
    sign: String,
    what: String,
    because: String,
    value: String,
}

impl From<ClientExplanation> for Told {
    fn from(told: ClientExplanation) -> Self {
        Self {
            title: told.title,
            from: told.from,
            to: told.to,
            number: told.number,
            lines: told.lines.into_iter().map(ToldLine::from).collect(),
            total: told.total,
        }
    }
}

impl From<ExplainedLine> for ToldLine {
    fn from(line: ExplainedLine) -> Self {
        let (rule, steps, result) = match line.why {
            Some(Explained {
                rule,
                steps,
                result,
                ..
            }) => (Some(rule), steps, result),
            None => (None, Vec::new(), None),
        };
        let steps = steps.into_iter().map(|step| ToldStep {
            sign: step.sign.to_owned(),
            what: step.what,
            because: step.because,
            value: step.value,
        });
        Self {
            description: line.description,
            period: line.period,
            net: line.net,
            rule,
            steps: steps.collect(),
            result,
        }
    }
}

/// How each line of an invoice was worked out, in the client's words.
#[utoipa::path(get, path = "/generated-invoices/{id}/explanation", tag = "generated invoices",
    params(("id" = GeneratedInvoiceId, Path)),
    responses((status = 200, body = Told), (status = 404, description = "unknown")))]
async fn explanation(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<Told>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let told = client_explanation(&mut tx, who.org, invoice_id(&id)?).await?;
    Ok(Json(Told::from(told)))
}
