//! What the ledger says later about invoices that were posted: paid, voided, deleted.

use serde_json::json;

use super::store;
use crate::{
    app::App,
    db::{OrgId, Tx},
    fault::Fault,
    features::audit,
};

/// Called after every sync of the ledger, in its transaction.
pub async fn after_ledger_sync(app: &App, tx: &mut Tx, org: OrgId) -> Result<(), Fault> {
    for news in store::ledger_news(tx, org).await? {
        let status = match news.now.as_str() {
            "VOIDED" | "DELETED" => "void",
            "PAID" => "paid",
            _ if news.paid_minor > 0 && news.due_minor > 0 => "part_paid",
            _ => "posted",
        };
        if status == news.status && news.ledger_status.as_deref() == Some(news.now.as_str()) {
            continue;
        }
        store::set_ledger_status(tx, org, news.id, status, &news.now).await?;
        if status == "void" {
            // What it covered is owed again.
            store::move_coverage(tx, org, news.id, "planned").await?;
            store::move_one_offs(tx, org, news.id, "waiting").await?;
        }
        let act = audit::Act {
            org,
            person: None,
            action: "draft.ledger_changed",
            subject_kind: "generated_invoice",
            subject: Some(news.id.0),
        };
        audit::record(
            app,
            tx,
            act,
            &json!({ "status": status, "ledger_status": news.now }),
        )
        .await?;
    }
    Ok(())
}
