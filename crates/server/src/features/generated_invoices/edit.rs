//! What a person changes on a draft, or puts on it. An approval falls with it; what the contract
//! says stays as it is, and an amount that somebody typed says so.

mod fields;

use billing::{
    Micro, Money,
    draft::{Action, by_hand},
    explanation::{SourceKind, SourceRow},
    money::TaxedAmount,
};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    Document, Stored, agree,
    decide::{refused, seen, tell},
    generate::{judge, sent},
    plan::{Writer, exact},
    store::{self, LineRow, TypedAmount, WrittenLine},
};
pub use fields::LineFields;

use crate::{
    app::App,
    db::{GeneratedInvoiceId, GeneratedLineId, Tx},
    fault::Fault,
    features::reconciliation::{id_of, micro},
    http::Who,
    input::{self, Checks},
};

const LONGEST_TEXT: usize = 500;
const MOST_LINES: usize = 5_000;
/// At once; more is several requests.
const MOST_EDITS: usize = 500;

/// One thing to change.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "edit", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = DraftEdit)]
pub enum Edit {
    /// The invoice itself; what is left out stays.
    Invoice {
        issued_on: Option<String>,
        due_on: Option<String>,
        /// Printed as Reference: the client's purchase-order number, say.
        reference: Option<String>,
        /// For the team's eyes only.
        note: Option<String>,
    },
    /// A line; what is left out stays. Another quantity or price makes it quantity times price.
    Line {
        line: GeneratedLineId,
        set: LineFields,
    },
    /// One more line, at the end: quantity times price.
    Add { set: LineFields },
    /// Without the line. What it covered can be drafted again.
    Remove { line: GeneratedLineId },
    /// The line to this place, counted from 1.
    Move { line: GeneratedLineId, to: usize },
}

/// Changes the draft as it was at `version`, all or nothing.
///
/// # Errors
/// 409 when it is another by now or has left; 422 names what is wrong in which edit.
pub async fn edit(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: GeneratedInvoiceId,
    version: i64,
    edits: &[Edit],
) -> Result<(), Fault> {
    if edits.is_empty() || edits.len() > MOST_EDITS {
        let wrong = format!("send between 1 and {MOST_EDITS} edits");
        return Err(Fault::field("edits", wrong));
    }
    let document = seen(tx, who, id, version).await?;
    let state = document.row.status.parse::<Stored>()?.0;
    state.after(Action::Edit).map_err(refused)?;
    let mut editing = Editing {
        app,
        who,
        writer: Writer::load(tx, who.org).await?,
        document,
        told: Vec::new(),
    };
    for (at, edit) in edits.iter().enumerate() {
        editing
            .apply(tx, edit)
            .await
            .map_err(|fault| of_edit(at, fault))?;
    }
    editing.finish(tx, id).await
}

/// Names the edit that was wrong, where there may be several.
fn of_edit(at: usize, fault: Fault) -> Fault {
    match fault {
        Fault::Invalid {
            code,
            message,
            fields,
        } => Fault::Invalid {
            code,
            message: format!("edit {}: {message}", at + 1),
            fields,
        },
        other => other,
    }
}

struct Editing<'a> {
    app: &'a App,
    who: &'a Who,
    writer: Writer,
    document: Document,
    /// What was done, for the history.
    told: Vec<Value>,
}

impl Editing<'_> {
    async fn apply(&mut self, tx: &mut Tx, edit: &Edit) -> Result<(), Fault> {
        match edit {
            Edit::Invoice {
                issued_on,
                due_on,
                reference,
                note,
            } => {
                let texts = [issued_on, due_on, reference, note].map(Option::as_deref);
                self.invoice(tx, texts).await
            }
            Edit::Line { line, set } => self.line(tx, *line, set).await,
            Edit::Add { set } => self.add(tx, set).await,
            Edit::Remove { line } => self.remove(tx, *line).await,
            Edit::Move { line, to } => self.shift(tx, *line, *to).await,
        }
    }

    async fn invoice(
        &mut self,
        tx: &mut Tx,
        [issued_on, due_on, reference, note]: [Option<&str>; 4],
    ) -> Result<(), Fault> {
        let row = &mut self.document.row;
        let before = json!({
            "issued_on": row.issued_on, "due_on": row.due_on, "reference": row.reference,
        });
        let mut checks = Checks::default();
        if let Some(text) = issued_on {
            row.issued_on = checks
                .take("issued_on", input::day(text))
                .unwrap_or(row.issued_on);
        }
        if let Some(text) = due_on {
            row.due_on = checks.take("due_on", input::day(text)).or(row.due_on);
        }
        if row.due_on.is_some_and(|due| due < row.issued_on) {
            checks.wrong("due_on", "it cannot be due before it is dated");
        }
        if let Some(text) = reference {
            let read = input::free_line(text, LONGEST_TEXT);
            row.reference = checks.take("reference", read).unwrap_or_default();
        }
        let note = note.map(str::trim);
        if note.is_some_and(|note| note.chars().count() > LONGEST_TEXT) {
            let wrong = format!("at most {LONGEST_TEXT} characters, please");
            checks.wrong("note", wrong);
        }
        checks.done()?;
        store::set_invoice(tx, self.who.org, row, note).await?;
        let after = json!({
            "issued_on": row.issued_on, "due_on": row.due_on, "reference": row.reference,
        });
        if before != after {
            self.told
                .push(json!({ "invoice": { "before": before, "after": after } }));
        }
        Ok(())
    }

    async fn line(
        &mut self,
        tx: &mut Tx,
        id: GeneratedLineId,
        fields: &LineFields,
    ) -> Result<(), Fault> {
        let row = self.row(id)?.clone();
        let given = fields.read()?;
        let quantity = given.quantity.unwrap_or(micro(row.quantity));
        let unit_price = given.unit_price.unwrap_or(micro(row.unit_price));
        let is_same = quantity == micro(row.quantity) && unit_price == micro(row.unit_price);
        let tax_type = given.tax_type.clone().unwrap_or(row.tax_type.clone());
        let (net, typed) = if is_same {
            (self.money(row.net_minor), None)
        } else {
            let typed = self.typed(quantity, unit_price)?;
            (typed.net, Some(typed.amount))
        };
        let written = WrittenLine {
            id,
            description: given.description.unwrap_or(row.description.clone()),
            tax: self.tax(net, &tax_type)?,
            tax_type,
            account_code: given.account_code.unwrap_or(row.account_code.clone()),
            net,
            typed,
        };
        store::write_line(tx, self.who.org, &written).await?;
        self.told.push(json!({ "line": {
            "description": written.description,
            "before": { "net_minor": row.net_minor, "tax_type": row.tax_type },
            "after": { "net_minor": net.minor, "tax_type": written.tax_type },
        } }));
        self.reread(tx).await
    }

    async fn add(&mut self, tx: &mut Tx, fields: &LineFields) -> Result<(), Fault> {
        if self.document.lines.len() >= MOST_LINES {
            let wrong = format!("an invoice has at most {MOST_LINES} lines");
            return Err(Fault::field("edits", wrong));
        }
        let given = fields.read()?;
        let mut checks = Checks::default();
        for (name, is_missing) in [
            ("description", given.description.is_none()),
            ("quantity", given.quantity.is_none()),
            ("unit_price", given.unit_price.is_none()),
        ] {
            if is_missing {
                checks.wrong(name, "this must not be empty");
            }
        }
        checks.done()?;
        let quantity = given.quantity.unwrap_or_default();
        let unit_price = given.unit_price.unwrap_or_default();
        let typed = self.typed(quantity, unit_price)?;
        let tax_type = given.tax_type.unwrap_or_default();
        let written = WrittenLine {
            id: self.app.new_id(),
            description: given.description.unwrap_or_default(),
            tax: self.tax(typed.net, &tax_type)?,
            tax_type,
            account_code: given.account_code.unwrap_or_default(),
            net: typed.net,
            typed: Some(typed.amount),
        };
        let place = (self.document.row.id, self.document.lines.len());
        store::add_line(tx, self.who.org, place, &written).await?;
        self.told.push(json!({ "added": {
            "description": written.description, "net_minor": written.net.minor,
        } }));
        self.reread(tx).await
    }

    async fn remove(&mut self, tx: &mut Tx, id: GeneratedLineId) -> Result<(), Fault> {
        let row = self.row(id)?.clone();
        if self.document.lines.len() == 1 {
            let wrong = "this is its only line; reject the draft instead";
            return Err(Fault::field("line", wrong));
        }
        store::remove_line(tx, self.who.org, self.document.row.id, &row).await?;
        self.told.push(json!({ "removed": {
            "description": row.description, "net_minor": row.net_minor,
        } }));
        self.reread(tx).await
    }

    async fn shift(&mut self, tx: &mut Tx, id: GeneratedLineId, to: usize) -> Result<(), Fault> {
        self.row(id)?;
        let mut order: Vec<_> = self.document.lines.iter().map(|line| line.id).collect();
        order.retain(|line| *line != id);
        let Some(place) = to.checked_sub(1).filter(|place| *place <= order.len()) else {
            let wrong = format!("choose a place from 1 to {}", order.len() + 1);
            return Err(Fault::field("to", wrong));
        };
        order.insert(place, id);
        store::order_lines(tx, self.who.org, self.document.row.id, &order).await?;
        self.told.push(json!({ "moved": { "to": to } }));
        self.reread(tx).await
    }

    fn row(&self, id: GeneratedLineId) -> Result<&LineRow, Fault> {
        let found = self.document.lines.iter().find(|line| line.id == id);
        found.ok_or_else(|| Fault::field("line", "the draft has no such line"))
    }

    fn money(&self, minor: i64) -> Money {
        Money {
            minor,
            currency: self.document.draft.currency,
        }
    }

    fn typed(&self, quantity: Micro, unit_price: Micro) -> Result<Typed, Fault> {
        let said_by = SourceRow {
            kind: SourceKind::Person,
            id: id_of(self.who.person.0),
            value: quantity,
            on: Some(self.who.today(self.app)),
            seen_at: Some(self.app.now().0),
        };
        let currency = self.document.draft.currency;
        let made = by_hand(
            quantity,
            unit_price,
            currency,
            &self.document.policy,
            said_by,
        );
        let made = made.map_err(|_| Fault::field("quantity", "this amount is too large"))?;
        Ok(Typed {
            net: made.net,
            amount: TypedAmount {
                quantity: exact(quantity),
                unit_price: exact(unit_price),
                sent: sent(made.form),
                explanation: serde_json::to_string(&made.explanation)?,
            },
        })
    }

    /// The tax of a line, and the rate it is taken at.
    fn tax(&self, net: Money, tax_type: &str) -> Result<(Money, Micro), Fault> {
        let rate = self.writer.tax_rate(tax_type).unwrap_or_default();
        let taxed = TaxedAmount::Exclusive { net }.taxed(rate, self.document.policy.rounding);
        let taxed = taxed.map_err(|_| Fault::field("quantity", "this amount is too large"))?;
        Ok((taxed.tax, rate))
    }

    async fn reread(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        self.document.lines = store::lines(tx, self.who.org, self.document.row.id).await?;
        Ok(())
    }

    /// The draft is another one now: nobody has agreed to it.
    async fn finish(self, tx: &mut Tx, id: GeneratedInvoiceId) -> Result<(), Fault> {
        let had_approval = self.document.row.approved_hash.is_some();
        agree::fall(tx, self.who.org, id).await?;
        store::back_to_draft(tx, self.who.org, id).await?;
        store::add_up(tx, self.who.org, id).await?;
        judge(tx, self.who.org, id).await?;
        let detail = json!({ "changes": self.told, "approval_fell": had_approval });
        tell(self.app, self.who, tx, id, "draft.edited", &detail).await
    }
}

struct Typed {
    net: Money,
    amount: TypedAmount,
}
