//! What the ledger says later about credit notes that were posted: set against an invoice, taken
//! off it again, voided. They are known by the ledger's own id, so that one that comes back by a
//! sync is this one and not another.

use billing::credit::{Action, State};
use serde_json::json;

use super::{Stored, state_word, store};
use crate::{
    app::App,
    db::{OrgId, Tx},
    fault::Fault,
    features::{audit, sync::CreditAllocation},
};

/// Called after every sync of the ledger, in its transaction.
pub async fn after_ledger_sync(app: &App, tx: &mut Tx, org: OrgId) -> Result<(), Fault> {
    for news in store::ledger_news(tx, org).await? {
        let from = news.status.parse::<Stored>()?.0;
        let allocations: Vec<CreditAllocation> = serde_json::from_str(&news.allocations)?;
        let allocated = allocations
            .iter()
            .fold(0_i64, |sum, part| sum.saturating_add(part.amount_minor));
        let action = match news.now.as_str() {
            "VOIDED" | "DELETED" => Action::LedgerVoided,
            // A job is at it, or a person has to post it again.
            _ if !from.is_in_ledger() => continue,
            _ if allocated > 0 => Action::LedgerAllocated,
            _ => Action::LedgerPosted,
        };
        let Ok(to) = from.after(action) else {
            continue;
        };
        let is_same = to == from
            && news.ledger_status.as_deref() == Some(news.now.as_str())
            && news.allocated_minor == allocated;
        if is_same {
            continue;
        }
        let new = store::LedgerState {
            id: news.id,
            status: state_word(to),
            ledger_status: &news.now,
            allocated_minor: allocated,
        };
        store::set_ledger_state(tx, org, &new).await?;
        if to == State::Void {
            // What it credited is invoiced again.
            store::uncredit_coverage(tx, org, news.id).await?;
        }
        let act = audit::Act {
            org,
            person: None,
            action: "credit_note.ledger_changed",
            subject_kind: "generated_credit_note",
            subject: Some(news.id.0),
        };
        let detail = json!({ "status": new.status, "ledger_status": news.now });
        audit::record(app, tx, act, &detail).await?;
    }
    Ok(())
}
