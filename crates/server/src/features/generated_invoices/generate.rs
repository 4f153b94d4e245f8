//! Making drafts: the plan becomes rows, and coverage is taken in the same transaction.

use billing::money::LedgerForm;
use chrono::NaiveDate;
use serde_json::json;

use super::{
    PlannedDraft, Scope, document,
    plan::{Plan, Settled, exact, plan},
    store::{self, NewDraft, NewLine, Taking},
};
use crate::{
    app::App,
    db::{CoverageId, Day, Exact, GeneratedInvoiceId, OrgId, PersonId, Tx},
    fault::Fault,
    features::audit,
};

/// What a run made, and what it could not work out whole.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Made {
    /// The drafts that were made; none where everything was covered already.
    pub ids: Vec<GeneratedInvoiceId>,
    /// Lines that could not be worked out whole, each as a sentence that says why.
    pub problems: Vec<String>,
}

/// Makes every draft in scope. What is covered already, by an earlier or a simultaneous run, is
/// not made again.
pub async fn generate(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    person: Option<PersonId>,
    scope: &Scope,
) -> Result<Made, Fault> {
    let Plan {
        drafts,
        settled,
        problems,
    } = plan(tx, org, scope).await?;
    for one in &settled {
        settle(app, tx, org, one).await?;
    }
    let mut ids = Vec::with_capacity(drafts.len());
    for draft in &drafts {
        ids.push(make(app, tx, org, person, draft).await?);
    }
    crate::failpoint::reach("generate.before_commit");
    Ok(Made { ids, problems })
}

/// Records a period that was billed before, or that comes to nothing.
async fn settle(app: &App, tx: &mut Tx, org: OrgId, one: &Settled) -> Result<(), Fault> {
    let taking = Taking {
        id: app.new_id::<CoverageId>(),
        line: one.line,
        starts_on: Day(one.key.period_start),
        ends_on: Day(one.ends_on),
        kind: store::word(&one.key.kind),
        state: if one.invoice.is_some() {
            "posted"
        } else {
            "nil"
        },
        draft: None,
        invoice: one.invoice,
        reason: one.invoice.map(|_| "invoiced in the ledger before"),
        known_at: app.now(),
        window_on: Day(one.window_on),
    };
    store::take_coverage(tx, org, &taking).await?;
    Ok(())
}

async fn make(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    person: Option<PersonId>,
    draft: &PlannedDraft,
) -> Result<GeneratedInvoiceId, Fault> {
    let id: GeneratedInvoiceId = app.new_id();
    let new = NewDraft {
        id,
        client: draft.client,
        contract: draft.contract,
        currency: draft.currency.code(),
        issued_on: Day(draft.issued_on),
        due_on: Day(draft.due_on),
        reference: &draft.reference,
        net_minor: draft.net.minor,
        tax_minor: draft.tax.minor,
        connection: draft.ledger,
        search_key: format!("{} {}", draft.client_name, draft.reference).to_lowercase(),
        now: app.now(),
    };
    store::insert_draft(tx, org, &new).await?;
    for (position, line) in (1..).zip(&draft.lines) {
        let coverage = take(app, tx, org, id, line, draft.window_on).await?;
        if let Some(one_off) = line.one_off {
            store::draft_one_off(tx, org, one_off, id).await?;
        }
        let new = NewLine {
            id: app.new_id(),
            draft: id,
            position,
            coverage,
            sent: sent(line.form),
            planned: line,
        };
        store::insert_line(tx, org, &new).await?;
    }
    judge(tx, org, id).await?;
    let act = audit::Act {
        org,
        person,
        action: "draft.made",
        subject_kind: "generated_invoice",
        subject: Some(id.0),
    };
    let detail = json!({ "lines": draft.lines.len(), "total_minor": draft.gross_minor() });
    audit::record(app, tx, act, &detail).await?;
    Ok(id)
}

async fn take(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    draft: GeneratedInvoiceId,
    line: &super::PlannedLine,
    window_on: NaiveDate,
) -> Result<Option<CoverageId>, Fault> {
    let (Some(key), Some(contract_line), Some(period)) =
        (line.covers, line.contract_line, line.period)
    else {
        return Ok(None);
    };
    let taking = Taking {
        id: app.new_id::<CoverageId>(),
        line: contract_line,
        starts_on: Day(key.period_start),
        ends_on: Day(period.end()),
        kind: store::word(&key.kind),
        state: "drafted",
        draft: Some(draft),
        invoice: None,
        reason: None,
        known_at: app.now(),
        window_on: Day(window_on),
    };
    // Somebody took it since the plan was made: the whole run is worked out again.
    store::take_coverage(tx, org, &taking)
        .await?
        .map(Some)
        .ok_or(Fault::Contended)
}

/// What the ledger is given as quantity and price.
pub(super) fn sent(form: LedgerForm) -> (Exact, Exact) {
    match form {
        LedgerForm::QuantityTimesPrice {
            quantity,
            unit_amount,
        } => (exact(quantity), exact(unit_amount)),
        LedgerForm::OneOfTotal { unit_amount, .. } => {
            (exact(billing::Micro::ONE), exact(unit_amount))
        }
    }
}

/// Stores the draft's content hash and what stands in its way.
pub(super) async fn judge(tx: &mut Tx, org: OrgId, id: GeneratedInvoiceId) -> Result<(), Fault> {
    let document = document(tx, org, id).await?;
    let stops = serde_json::to_string(&document.stops())?;
    let holds = serde_json::to_string(&document.holds())?;
    Ok(store::set_content(tx, org, id, document.content_hash(), &stops, &holds).await?)
}
