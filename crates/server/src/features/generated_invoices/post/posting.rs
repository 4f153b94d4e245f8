//! One draft on its way into the ledger, step by step; every step can be taken again.

use billing::{Money, draft::compare_totals};
use rust_decimal::Decimal;
use serde_json::json;
use vendors::xero::{InvoiceMove, InvoiceStatus, LineAmounts, NewInvoice, NewLine, Xero};

use super::super::{Document, document, store, store::Progress};
use super::no_ledger;
use crate::{
    app::App,
    db::{GeneratedInvoiceId, OrgId, Tx, replay},
    failpoint,
    fault::Fault,
    features::{
        audit,
        connections::{
            self,
            posted_as::PostedAs,
            writing::{self, Outcome, key},
        },
    },
    queue::JobError,
};

pub struct Posting<'a> {
    app: &'a App,
    org: OrgId,
    document: Document,
    number: String,
    ledger: Xero,
    posted_as: PostedAs,
}

/// What the ledger has.
struct There {
    id: String,
    status: InvoiceStatus,
    total: Decimal,
}

impl<'a> Posting<'a> {
    /// None when there is nothing left to do.
    pub async fn load(
        app: &'a App,
        org: OrgId,
        id: GeneratedInvoiceId,
    ) -> Result<Option<Self>, JobError> {
        let mut tx = app.db.read(org).await?;
        let document = document(&mut tx, org, id).await?;
        if document.row.status != "posting" {
            return Ok(None);
        }
        let connection = document.row.connection_id.ok_or_else(no_ledger)?;
        let connection = connections::one(&mut tx, org, connection).await?;
        drop(tx);
        let ledger = writing::ledger(app, org, &connection).await?;
        let ledger = ledger.ok_or_else(no_ledger)?;
        let number = document.row.number.clone().unwrap_or_default();
        Ok(Some(Self {
            app,
            org,
            document,
            number,
            ledger,
            posted_as: connection.settings().posted_as,
        }))
    }

    pub async fn run(&self) -> Result<(), Outcome> {
        let there = match self.find().await? {
            Some(there) => there,
            None => self.create().await?,
        };
        self.note(
            "created",
            Some(&there.id),
            Some(there.status.as_str()),
            None,
        )
        .await?;
        failpoint::reach("post.after_store");
        self.compare(there.total)?;
        self.note("compared", None, None, None).await?;
        failpoint::reach("post.before_authorise");
        let status = self.authorise(&there).await?;
        failpoint::reach("post.after_authorise");
        self.done(&status).await?;
        failpoint::reach("post.done");
        Ok(())
    }

    /// The invoice under our number, if a crash came between its making and our knowing.
    async fn find(&self) -> Result<Option<There>, Outcome> {
        let named = self.ledger.invoices_numbered(&self.number).await?;
        let living = named.into_iter().find(|invoice| {
            !matches!(
                invoice.status,
                InvoiceStatus::Voided | InvoiceStatus::Deleted
            )
        });
        let Some(invoice) = living else {
            return Ok(None);
        };
        let ours =
            self.document.draft.contact.as_deref() == Some(invoice.contact.contact_id.as_str());
        if !ours {
            return Err(Outcome::Refused(format!(
                "the number {} is taken in the ledger by another client's invoice; \
                 change the number series and post again",
                self.number
            )));
        }
        Ok(Some(There {
            id: invoice.invoice_id,
            status: invoice.status,
            total: invoice.total,
        }))
    }

    async fn create(&self) -> Result<There, Outcome> {
        let invoice = self.invoice()?;
        self.note("sent_unknown", None, None, None).await?;
        failpoint::reach("post.before_put");
        let row = &self.document.row;
        let hash = hex::encode(row.content_hash.get(..8).unwrap_or_default());
        let key = key(format!("{}:{hash}:{}", row.id, row.post_attempt))?;
        let written = self.ledger.create_draft(&invoice, &key).await?.value;
        failpoint::reach("post.after_put");
        Ok(There {
            id: written.invoice_id,
            status: written.status,
            total: written.total,
        })
    }

    fn invoice(&self) -> Result<NewInvoice, Outcome> {
        let row = &self.document.row;
        let contact_id = self.document.draft.contact.clone().ok_or_else(|| {
            Outcome::Refused("the client has no contact in accounting; link one first".to_owned())
        })?;
        let lines = self.document.lines.iter().map(|line| NewLine {
            description: line.description.clone(),
            quantity: line.sent_quantity.0,
            unit_amount: line.sent_unit_amount.0,
            item_code: line.item_code.clone(),
            account_code: Some(line.account_code.clone()),
            tax_type: Some(line.tax_type.clone()),
            tax_amount: None,
            discount_rate: None,
            tracking: self.posted_as.tracking(),
        });
        Ok(NewInvoice {
            contact_id,
            invoice_number: self.number.clone(),
            reference: Some(row.reference.clone()).filter(|text| !text.is_empty()),
            date: row.issued_on.0,
            due_date: row.due_on.unwrap_or(row.issued_on).0,
            currency_code: row.currency.clone(),
            currency_rate: None,
            line_amounts: LineAmounts::Exclusive,
            branding_theme_id: self.posted_as.theme_id(),
            url: None,
            lines: lines.collect(),
        })
    }

    fn compare(&self, total: Decimal) -> Result<(), Outcome> {
        let currency = self.document.draft.currency;
        let ours = Money {
            minor: self.document.row.total_minor,
            currency,
        };
        let scale = Decimal::from(currency.minor_per_major());
        let minor = i64::try_from(total * scale).unwrap_or(i64::MAX);
        let ledger = Money { minor, currency };
        compare_totals(ours, ledger).map_err(|differ| Outcome::Differs(differ.to_string()))
    }

    async fn authorise(&self, there: &There) -> Result<String, Outcome> {
        let is_open = matches!(
            there.status,
            InvoiceStatus::Draft | InvoiceStatus::Submitted
        );
        if self.posted_as.stays_draft || !is_open {
            return Ok(there.status.as_str().to_owned());
        }
        let row = &self.document.row;
        let key = key(format!("{}:authorise:{}", row.id, row.post_attempt))?;
        let moved = self
            .ledger
            .set_status(&there.id, InvoiceMove::Authorise, &key)
            .await;
        match moved {
            Ok(written) => Ok(written.value.status.as_str().to_owned()),
            // It stands there as a draft; the person mends the cause and posts again.
            Err(vendors::Error::Refused(refusal)) => Err(Outcome::Refused(format!(
                "the ledger keeps it as a draft and will not approve it: {refusal}"
            ))),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes how far it has come.
    pub async fn note(
        &self,
        post_state: &str,
        ledger_external_id: Option<&str>,
        ledger_status: Option<&str>,
        problem: Option<&str>,
    ) -> Result<(), Fault> {
        replay(|| async {
            let mut tx = self.app.db.write(self.org).await?;
            let id = self.document.row.id;
            let now = Progress {
                id,
                post_state,
                ledger_external_id,
                ledger_status,
                problem,
            };
            store::set_progress(&mut tx, self.org, &now).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    pub async fn note_problem(&self, problem: &str) -> Result<(), Fault> {
        let row = &self.document.row;
        let state = row.post_state.as_deref().unwrap_or("queued");
        self.note(state, None, None, Some(problem)).await
    }

    async fn done(&self, ledger_status: &str) -> Result<(), Fault> {
        replay(|| async {
            let mut tx = self.app.db.write(self.org).await?;
            let id = self.document.row.id;
            let now = Progress {
                id,
                post_state: "done",
                ledger_external_id: None,
                ledger_status: Some(ledger_status),
                problem: None,
            };
            store::set_progress(&mut tx, self.org, &now).await?;
            store::end_posting(&mut tx, self.org, id, "posted", "done", None).await?;
            store::move_coverage(&mut tx, self.org, id, "posted").await?;
            store::move_one_offs(&mut tx, self.org, id, "posted").await?;
            self.record(
                &mut tx,
                "draft.posted",
                &json!({ "ledger_status": ledger_status }),
            )
            .await?;
            failpoint::reach("post.before_done");
            Ok(tx.commit().await?)
        })
        .await
    }

    pub async fn end(
        &self,
        status: &str,
        post_state: &str,
        problem: Option<&str>,
    ) -> Result<(), Fault> {
        replay(|| async {
            let mut tx = self.app.db.write(self.org).await?;
            let id = self.document.row.id;
            store::end_posting(&mut tx, self.org, id, status, post_state, problem).await?;
            self.record(&mut tx, "draft.refused", &json!({ "problem": problem }))
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
            subject: Some(self.document.row.id.0),
        };
        audit::record(self.app, tx, act, detail).await
    }
}
