//! One payment on its way into the ledger. It carries a number of our own in its reference, so
//! that an answer that was lost is found again.

use rust_decimal::Decimal;
use serde_json::json;
use vendors::xero::{NewPayment, PaymentStatus, Xero};

use super::super::store::{self, PaymentRow};
use crate::{
    app::App,
    db::{GeneratedPaymentId, OrgId, Tx, replay},
    failpoint,
    fault::Fault,
    features::{
        audit,
        connections::{
            self,
            writing::{self, Outcome, key},
        },
        reconciliation,
        sync::{self, Wish},
    },
    queue::JobError,
};

/// What a refusal of the ledger asks for, by the words it is known to say.
const ADVICE: [(&[&str], &str); 4] = [
    (
        &["lock date", "locked"],
        "Move the lock date in Xero under Accounting, Lock dates, or give a later day, and mark it \
         paid again.",
    ),
    (
        &["amount outstanding"],
        "The invoice owes less by now: sync, and mark paid what is still owed.",
    ),
    (
        &["authorised document"],
        "The invoice is not open in Xero any more: look at it there, and sync.",
    ),
    (
        &["account"],
        "Choose another account, or let this one take payments in Xero under Accounting, Chart of \
         accounts.",
    ),
];

/// The ledger's own words, and where to mend what they complain about.
fn advised(refusal: &str) -> String {
    let words = refusal.to_lowercase();
    let known = ADVICE
        .iter()
        .find(|(said, _)| said.iter().any(|part| words.contains(part)));
    match known {
        Some((_, advice)) => {
            let said = refusal.trim_end_matches(" Correct it and try again.");
            format!("{said} {advice}")
        }
        None => refusal.to_owned(),
    }
}

pub struct Booking<'a> {
    app: &'a App,
    org: OrgId,
    row: PaymentRow,
    invoice: String,
    ledger: Xero,
}

impl<'a> Booking<'a> {
    /// None when there is nothing left to do.
    pub async fn load(
        app: &'a App,
        org: OrgId,
        id: GeneratedPaymentId,
    ) -> Result<Option<Self>, JobError> {
        let mut tx = app.db.read(org).await?;
        let Some(row) = store::payment(&mut tx, org, id).await? else {
            return Ok(None);
        };
        if !matches!(row.state.as_str(), "queued" | "sent_unknown") {
            return Ok(None);
        }
        let (Some(connection), Some(invoice)) =
            (row.connection_id, row.invoice_external_id.clone())
        else {
            return Err(no_ledger());
        };
        let connection = connections::one(&mut tx, org, connection).await?;
        drop(tx);
        let ledger = writing::ledger(app, org, &connection).await?;
        let ledger = ledger.ok_or_else(no_ledger)?;
        Ok(Some(Self {
            app,
            org,
            row,
            invoice,
            ledger,
        }))
    }

    pub async fn run(&self) -> Result<(), Outcome> {
        let id = match self.find().await? {
            Some(id) => id,
            None => self.book().await?,
        };
        self.booked(&id).await?;
        Ok(())
    }

    /// The payment under our reference, if a crash came between its making and our knowing.
    async fn find(&self) -> Result<Option<String>, Outcome> {
        let known = self.ledger.payments_of_invoice(&self.invoice).await?;
        let own = known.into_iter().find(|payment| {
            payment.reference.as_deref() == Some(self.row.reference.as_str())
                && payment.status != Some(PaymentStatus::Deleted)
        });
        Ok(own.map(|payment| payment.payment_id))
    }

    async fn book(&self) -> Result<String, Outcome> {
        let currency = reconciliation::currency(&self.row.currency)?;
        let payment = NewPayment {
            invoice_id: self.invoice.clone(),
            account_id: self.row.account_external_id.clone(),
            date: self.row.paid_on.0,
            amount: Decimal::new(self.row.amount_minor, currency.minor_digits()),
            reference: Some(self.row.reference.clone()),
        };
        self.sent().await?;
        failpoint::reach("pay.before_put");
        // A refused payment stays refused, so one key is enough.
        let key = key(self.row.id.to_string())?;
        let written = self.ledger.create_payment(&payment, &key).await;
        let written = written.map_err(|error| Outcome::advised(error, advised))?;
        failpoint::reach("pay.after_put");
        Ok(written.value.payment_id)
    }

    async fn sent(&self) -> Result<(), Fault> {
        replay(|| async {
            let mut tx = self.app.db.write(self.org).await?;
            store::set_payment(&mut tx, self.org, self.row.id, "sent_unknown", None, None).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Booked; what the invoice owes by now is asked of the ledger.
    async fn booked(&self, external_id: &str) -> Result<(), Fault> {
        replay(|| async {
            let mut tx = self.app.db.write(self.org).await?;
            let (id, known) = (self.row.id, Some(external_id));
            store::set_payment(&mut tx, self.org, id, "booked", known, None).await?;
            let detail = json!({ "number": self.row.reference });
            self.record(&mut tx, "draft.payment_booked", &detail)
                .await?;
            if let Some(connection) = self.row.connection_id {
                sync::request(self.app, &mut tx, self.org, connection, &Wish::news()).await?;
            }
            failpoint::reach("pay.before_booked");
            Ok(tx.commit().await?)
        })
        .await
    }

    pub async fn refused(&self, why: &str) -> Result<(), Fault> {
        replay(|| async {
            let mut tx = self.app.db.write(self.org).await?;
            let (id, why) = (self.row.id, Some(why));
            store::set_payment(&mut tx, self.org, id, "refused", None, why).await?;
            let detail = json!({ "problem": why });
            self.record(&mut tx, "draft.payment_refused", &detail)
                .await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    async fn record(
        &self,
        tx: &mut Tx,
        action: &str,
        detail: &serde_json::Value,
    ) -> Result<(), Fault> {
        let act = audit::Act {
            org: self.org,
            person: None,
            action,
            subject_kind: "generated_invoice",
            subject: Some(self.row.generated_invoice_id.0),
        };
        audit::record(self.app, tx, act, detail).await
    }
}

fn no_ledger() -> JobError {
    JobError::fail(anyhow::anyhow!(
        "no ledger is connected; connect Xero and mark it paid again"
    ))
}

#[cfg(test)]
mod tests {
    use super::advised;

    #[test]
    fn a_known_refusal_says_where_to_mend_it() {
        let said = advised(
            "Xero refused this: Payment amount exceeds the amount outstanding on this document. \
             Correct it and try again.",
        );
        assert!(said.ends_with("mark paid what is still owed."), "{said}");
        assert!(!said.contains("Correct it"), "{said}");
        assert_eq!(advised("Something else."), "Something else.");
    }
}
