//! Which service periods of a line stand on a document, were given up, or came to nothing. The
//! records are written where drafts are made and posted; here they are read, and a person can
//! waive a period.

use billing::coverage::{ChargeKind, Happening, State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Word, lines::line, store};
use crate::{
    app::App,
    db::{ContractLineId, CoverageId, Day, GeneratedInvoiceId, InvoiceId, OrgId, PersonId, Tx},
    fault::Fault,
    features::audit::{self, Act},
    input,
};

/// A line × service period × charge kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Coverage {
    pub id: CoverageId,
    pub line_id: ContractLineId,
    pub line_reference: String,
    pub item_code: String,
    pub starts_on: Day,
    pub ends_on: Day,
    /// recurring | catch_up | usage | one_off …
    pub charge_kind: String,
    /// planned | drafted | posted | credited | nil | waived
    pub state: String,
    pub generated_invoice_id: Option<GeneratedInvoiceId>,
    /// The ledger's invoice, where the period was billed before BillingOne made invoices.
    pub invoice_id: Option<InvoiceId>,
    pub reason: Option<String>,
    pub version: i64,
}

/// A period somebody gives up.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WaiveInput {
    pub line: String,
    /// The first day of the period.
    pub starts_on: String,
    /// recurring unless said
    pub charge_kind: Option<String>,
    pub reason: String,
}

/// Gives a period up: nothing will be billed for it, and it is never missing.
///
/// # Errors
/// 409 when it stands on a document; 422 when no period of the line starts on that day.
pub async fn waive_typed(
    app: &App,
    org: OrgId,
    person: Option<PersonId>,
    tx: &mut Tx,
    input: &WaiveInput,
) -> Result<Coverage, Fault> {
    let mut checks = input::Checks::default();
    let starts_on = checks.take("starts_on", input::day(&input.starts_on));
    let reason = checks.take("reason", input::line(&input.reason, 300));
    let kind = input.charge_kind.clone().unwrap_or("recurring".to_owned());
    let kind: Option<Word<ChargeKind>> = checks.take(
        "charge_kind",
        Word::try_from(kind).map_err(|error| error.to_string()),
    );
    let line: Option<ContractLineId> = checks.take(
        "line",
        input
            .line
            .parse()
            .map_err(|_| "name the line by its id".to_owned()),
    );
    let (Some(starts_on), Some(reason), Some(kind), Some(line)) = (starts_on, reason, kind, line)
    else {
        return Err(checks.fault());
    };
    waive(app, org, person, tx, line, starts_on, kind.0, &reason).await
}

/// Gives a period up; see [`waive_typed`].
#[expect(
    clippy::too_many_arguments,
    reason = "context, then the key of a coverage record"
)]
pub async fn waive(
    app: &App,
    org: OrgId,
    person: Option<PersonId>,
    tx: &mut Tx,
    line_id: ContractLineId,
    starts_on: Day,
    kind: ChargeKind,
    reason: &str,
) -> Result<Coverage, Fault> {
    let line = line(tx, org, line_id).await?;
    let schedule = line.schedule().map_err(Fault::internal)?;
    let tile = schedule.tile_at(starts_on.0);
    let tile =
        tile.ok_or_else(|| Fault::field("starts_on", "the line does not run on this day"))?;
    if tile.service.start() != starts_on.0 && kind == ChargeKind::Recurring {
        let message = format!("the period of this day starts on {}", tile.service.start());
        return Err(Fault::field("starts_on", message));
    }
    let word = Word(kind).text();
    let known = store::coverage_of_period(tx, org, line_id, starts_on, &word).await?;
    let state = match &known {
        None => State::Planned,
        Some(known) => {
            Word::<State>::try_from(known.state.clone())
                .map_err(Fault::internal)?
                .0
        }
    };
    state.after(Happening::Waive).map_err(|_| {
        Fault::conflict(
            "period_on_a_document",
            "this period stands on a draft or an invoice; reject or credit that first",
        )
    })?;
    let row = store::Waived {
        id: known
            .as_ref()
            .map_or_else(|| app.new_id(), |known| known.id),
        line: line_id,
        starts_on,
        ends_on: Day(tile.service.end()),
        kind: &word,
        reason,
    };
    store::write_waiver(tx, org, &row).await?;
    let after = store::coverage_of_period(tx, org, line_id, starts_on, &word).await?;
    let after = after.ok_or(Fault::NotFound("this period"))?;
    let act = Act {
        org,
        person,
        action: "coverage.waived",
        subject_kind: "contract_line",
        subject: Some(line_id.0),
    };
    audit::record(app, tx, act, &json!({ "before": known, "after": after })).await?;
    Ok(after)
}
