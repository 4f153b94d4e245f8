//! What would be drafted, for programs.

use axum::{Json, body::Bytes, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    super::{
        Foreseen, PlannedDraft, foreseen, hold_sentence, plan, plan::exact, stop_sentences, store,
        view::DifferenceView,
    },
    ScopeInput,
};
use crate::{
    app::App,
    db::{ClientId, ContractId, Day, Exact},
    fault::Fault,
    http::{May, Work, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(preview))
}

#[derive(Debug, Serialize, ToSchema)]
struct PreviewDraft {
    client_id: ClientId,
    client_name: String,
    contract_id: Option<ContractId>,
    currency: String,
    issued_on: Day,
    due_on: Day,
    net_minor: i64,
    tax_minor: i64,
    total_minor: i64,
    /// What the contract's last invoice came to before tax.
    last_net_minor: Option<i64>,
    /// What nobody could override, as sentences.
    stops: Vec<String>,
    /// What a person would have to release with a reason, as sentences.
    holds: Vec<String>,
    /// What is not as on the contract's last invoice.
    differences: Vec<DifferenceView>,
    lines: Vec<PreviewLine>,
}

#[derive(Debug, Serialize, ToSchema)]
struct PreviewLine {
    description: String,
    quantity: Exact,
    unit_price: Exact,
    net_minor: i64,
    tax_minor: i64,
    charge_kind: String,
}

/// What would be drafted; nothing is stored.
#[utoipa::path(post, path = "/generated-invoices/preview", tag = "generated invoices",
    request_body = ScopeInput, responses((status = 200, body = Vec<PreviewDraft>),
        (status = 422, description = "wrong fields")))]
async fn preview(
    State(app): State<App>,
    who: May<Work>,
    body: Bytes,
) -> Result<Json<Vec<PreviewDraft>>, Fault> {
    let input: ScopeInput = json_body(&body)?;
    let scope = input.scope(&app, &who)?;
    let mut tx = app.db.read(who.org).await?;
    let planned = plan(&mut tx, who.org, &scope).await?;
    let mut drafts = Vec::with_capacity(planned.drafts.len());
    for draft in planned.drafts {
        let seen = foreseen(&mut tx, who.org, &draft).await?;
        drafts.push(PreviewDraft::of(draft, &seen));
    }
    Ok(Json(drafts))
}

impl PreviewDraft {
    fn of(draft: PlannedDraft, seen: &Foreseen) -> Self {
        Self {
            stops: stop_sentences(&seen.stops),
            holds: seen.holds.iter().map(hold_sentence).collect(),
            differences: seen.differences.iter().map(DifferenceView::of).collect(),
            total_minor: draft.gross_minor(),
            client_id: draft.client,
            client_name: draft.client_name,
            contract_id: draft.contract,
            currency: draft.currency.code().to_owned(),
            issued_on: Day(draft.issued_on),
            due_on: Day(draft.due_on),
            net_minor: draft.net.minor,
            tax_minor: draft.tax.minor,
            last_net_minor: draft.last_net.map(|money| money.minor),
            lines: draft
                .lines
                .into_iter()
                .map(|line| PreviewLine {
                    quantity: exact(line.quantity),
                    unit_price: exact(line.unit_price),
                    net_minor: line.net.minor,
                    tax_minor: line.tax.minor,
                    charge_kind: store::word(&line.kind),
                    description: line.description,
                })
                .collect(),
        }
    }
}
