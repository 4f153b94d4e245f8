//! One credit note on its way into the ledger, step by step; every step can be taken again.

use billing::{Money, draft::compare_totals};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use serde_json::json;
use vendors::xero::{
    CreditNote, InvoiceMove, InvoiceStatus, LineAmounts, NewAllocation, NewCreditNote, NewLine,
    Xero,
};

use super::super::{
    Document, document,
    store::{self, End, Progress},
    words::advised,
};
use super::no_ledger;
use crate::{
    app::App,
    db::{GeneratedCreditNoteId, OrgId, Tx, replay},
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

/// What became of it: how much is set against its invoice, and why no more.
struct Settled {
    allocated_minor: i64,
    why: Option<String>,
}

impl Settled {
    fn nothing(why: &str) -> Self {
        Self {
            allocated_minor: 0,
            why: Some(why.to_owned()),
        }
    }
}

impl<'a> Posting<'a> {
    /// None when there is nothing left to do.
    pub async fn load(
        app: &'a App,
        org: OrgId,
        id: GeneratedCreditNoteId,
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
        let id = there.credit_note_id.as_str();
        self.note("created", Some(id), Some(there.status.as_str()), None)
            .await?;
        self.compare(there.total)?;
        self.note("compared", None, None, None).await?;
        let status = self.authorise(&there).await?;
        self.note("authorised", None, Some(status.as_str()), None)
            .await?;
        failpoint::reach("credit.before_allocate");
        let settled = self.allocate(id, &status).await?;
        failpoint::reach("credit.after_allocate");
        self.done(&settled).await?;
        Ok(())
    }

    /// The credit note under our number, if a crash came between its making and our knowing.
    async fn find(&self) -> Result<Option<CreditNote>, Outcome> {
        let named = self.ledger.credit_notes_numbered(&self.number).await?;
        let living = named
            .into_iter()
            .find(|note| !matches!(note.status, InvoiceStatus::Voided | InvoiceStatus::Deleted));
        let Some(note) = living else {
            return Ok(None);
        };
        let contact = self.document.draft.contact.as_deref();
        if contact != Some(note.contact.contact_id.as_str()) {
            return Err(Outcome::Refused(format!(
                "the number {} is taken in accounting by another client's credit note; rename that \
                 one there and post again",
                self.number
            )));
        }
        Ok(Some(note))
    }

    async fn create(&self) -> Result<CreditNote, Outcome> {
        let note = self.credit_note()?;
        self.note("sent_unknown", None, None, None).await?;
        failpoint::reach("credit.before_put");
        let row = &self.document.row;
        let hash = hex::encode(row.content_hash.get(..8).unwrap_or_default());
        let key = key(format!("{}:{hash}:{}", row.id, row.post_attempt))?;
        let written = self.ledger.create_credit_note(&note, &key).await;
        let written = written.map_err(|error| Outcome::advised(error, advised))?;
        failpoint::reach("credit.after_put");
        Ok(written.value)
    }

    fn credit_note(&self) -> Result<NewCreditNote, Outcome> {
        let row = &self.document.row;
        let contact_id = self.document.draft.contact.clone().ok_or_else(|| {
            Outcome::Refused(
                "the client has no contact in accounting; link one under Client mappings and post \
                 again"
                    .to_owned(),
            )
        })?;
        let digits = self.document.draft.currency.minor_digits();
        let lines = self.document.lines.iter().map(|line| NewLine {
            description: line.description.clone(),
            quantity: line.quantity.0,
            unit_amount: line.unit_price.0,
            item_code: line.item_code.clone(),
            account_code: Some(line.account_code.clone()),
            tax_type: Some(line.tax_type.clone()),
            // The tax that stood on the invoice, whatever the rate is by now.
            tax_amount: line
                .generated_line_id
                .map(|_| Decimal::new(line.tax_minor, digits)),
            discount_rate: None,
            tracking: self.posted_as.tracking(),
        });
        Ok(NewCreditNote {
            contact_id,
            credit_note_number: self.number.clone(),
            reference: Some(row.reason.clone()),
            date: row.issued_on.0,
            currency_code: row.currency.clone(),
            line_amounts: LineAmounts::Exclusive,
            lines: lines.collect(),
        })
    }

    fn minor(&self, amount: Decimal) -> i64 {
        let scale = Decimal::from(self.document.draft.currency.minor_per_major());
        let scaled = amount.checked_mul(scale);
        scaled
            .and_then(|amount| amount.to_i64())
            .unwrap_or(i64::MAX)
    }

    fn compare(&self, total: Decimal) -> Result<(), Outcome> {
        let currency = self.document.draft.currency;
        let money = |minor| Money { minor, currency };
        compare_totals(
            money(self.document.row.total_minor),
            money(self.minor(total)),
        )
        .map_err(|differ| Outcome::Differs(differ.to_string()))
    }

    async fn authorise(&self, there: &CreditNote) -> Result<InvoiceStatus, Outcome> {
        let is_open = matches!(
            there.status,
            InvoiceStatus::Draft | InvoiceStatus::Submitted
        );
        if self.posted_as.stays_draft || !is_open {
            return Ok(there.status.clone());
        }
        let row = &self.document.row;
        let key = key(format!("{}:authorise:{}", row.id, row.post_attempt))?;
        let moved = self
            .ledger
            .set_credit_note_status(&there.credit_note_id, InvoiceMove::Authorise, &key)
            .await;
        match moved {
            Ok(written) => Ok(written.value.status),
            // It stands there as a draft; the person mends the cause and posts again.
            Err(vendors::Error::Refused(refusal)) => Err(Outcome::Refused(format!(
                "accounting keeps it as a draft and will not approve it: {}",
                advised(&refusal.to_string())
            ))),
            Err(error) => Err(error.into()),
        }
    }

    /// Sets as much of it against its invoice as that still owes. That this was done before is
    /// seen from the credit note itself.
    async fn allocate(&self, id: &str, status: &InvoiceStatus) -> Result<Settled, Outcome> {
        let row = &self.document.row;
        let Some(invoice_id) = &row.invoice_external_id else {
            return Ok(Settled {
                allocated_minor: 0,
                why: None,
            });
        };
        if matches!(status, InvoiceStatus::Draft | InvoiceStatus::Submitted) {
            return Ok(Settled::nothing(
                "Accounting keeps it as a draft, so it is not set against the invoice; approve it \
                 there and set it against the invoice.",
            ));
        }
        let note = self.ledger.credit_note(id).await?;
        let is_own = |invoice: &str| invoice == invoice_id;
        let mut before = note.allocations.iter();
        if let Some(done) = before.find(|part| is_own(&part.invoice.invoice_id)) {
            return Ok(Settled {
                allocated_minor: self.minor(done.amount),
                why: None,
            });
        }
        let invoice = match self.ledger.invoice(invoice_id).await {
            Ok(invoice) => invoice,
            Err(vendors::Error::NotFound { .. }) => {
                return Ok(Settled::nothing(
                    "Accounting has the invoice no more; the credit waits on the client's account.",
                ));
            }
            Err(error) => return Err(error.into()),
        };
        let amount = invoice
            .amount_due
            .unwrap_or_default()
            .min(note.remaining_credit);
        if invoice.status != InvoiceStatus::Authorised || amount <= Decimal::ZERO {
            return Ok(Settled::nothing(
                "The invoice owes nothing in accounting, so the credit waits on the client's \
                 account; refund it or set it against another invoice there.",
            ));
        }
        // Part of the key, because what is owed may be less by the next attempt.
        let minor = self.minor(amount);
        let key = key(format!("{}:allocate:{minor}:{}", row.id, row.post_attempt))?;
        let allocation = NewAllocation {
            invoice_id: invoice_id.clone(),
            amount,
            date: row.issued_on.0,
        };
        match self.ledger.allocate(id, &allocation, &key).await {
            Ok(_) => Ok(Settled {
                allocated_minor: minor,
                why: None,
            }),
            Err(vendors::Error::Refused(refusal)) => Ok(Settled::nothing(&format!(
                "Accounting has it and would not set it against the invoice: {}",
                advised(&refusal.to_string())
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
            let now = Progress {
                id: self.document.row.id,
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

    async fn done(&self, settled: &Settled) -> Result<(), Fault> {
        let status = if settled.allocated_minor > 0 {
            "allocated"
        } else {
            "posted"
        };
        let end = End {
            id: self.document.row.id,
            status,
            post_state: "done",
            allocated_minor: settled.allocated_minor,
            problem: settled.why.as_deref(),
        };
        let detail = json!({ "allocated_minor": settled.allocated_minor, "why": settled.why });
        replay(|| async {
            let mut tx = self.app.db.write(self.org).await?;
            store::end_posting(&mut tx, self.org, &end).await?;
            store::credit_coverage(&mut tx, self.org, end.id).await?;
            self.record(&mut tx, "credit_note.posted", &detail).await?;
            failpoint::reach("credit.before_done");
            Ok(tx.commit().await?)
        })
        .await
    }

    pub async fn refused(&self, why: &str) -> Result<(), Fault> {
        let end = End {
            id: self.document.row.id,
            status: "approved",
            post_state: "refused",
            allocated_minor: 0,
            problem: Some(why),
        };
        replay(|| async {
            let mut tx = self.app.db.write(self.org).await?;
            store::end_posting(&mut tx, self.org, &end).await?;
            self.record(&mut tx, "credit_note.refused", &json!({ "problem": why }))
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
            subject_kind: "generated_credit_note",
            subject: Some(self.document.row.id.0),
        };
        audit::record(self.app, tx, act, detail).await
    }
}
