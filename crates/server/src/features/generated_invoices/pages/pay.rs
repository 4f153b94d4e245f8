//! *Mark paid*: what came in, when and where, to be booked in accounting.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use serde::Deserialize;

use super::place_of;
use crate::{
    app::App,
    db::{GeneratedInvoiceId, Tx},
    fault::Fault,
    features::{
        generated_invoices::{
            DraftView,
            api::parse,
            detail,
            pay::{self, PaymentInput, Payments},
        },
        home::Frame,
    },
    http::{May, Work, done},
    input,
    ui::{Field, Figure, Flash, Nav, Shell, View, format},
};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    version: i64,
    account: String,
    amount: String,
    paid_on: String,
    reference: String,
}

#[derive(Template)]
#[template(path = "features/generated_invoices/templates/pay.html")]
struct PayPage {
    shell: Shell,
    place: String,
    title: String,
    version: i64,
    owed: Figure,
    problem: Option<String>,
    fields: Vec<Field>,
    has_accounts: bool,
}

pub async fn show(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let mut tx = app.db.read(who.org).await?;
    let draft = detail(&mut tx, who.org, id).await?.draft;
    let found = pay::payments(&mut tx, who.org, id).await?;
    if !pay::is_payable(&draft) || found.owed_minor <= 0 {
        return Err(Fault::conflict(
            "not_payable",
            "nothing can be booked on this invoice now; look at where it stands",
        ));
    }
    let digits = format::minor_digits(&draft.currency);
    let typed = Typed {
        version: draft.version,
        account: match found.accounts.as_slice() {
            [only] => only.id.clone(),
            _ => String::new(),
        },
        amount: Decimal::new(found.owed_minor, digits).to_string(),
        paid_on: who.today(&app).to_string(),
        reference: String::new(),
    };
    Ok(page(frame, &draft, &found, &typed, None))
}

pub async fn book(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let mut tx = app.db.write(who.org).await?;
    let draft = detail(&mut tx, who.org, id).await?.draft;
    let begun = match typed.input(&draft.currency) {
        Ok(input) => pay::begin(&app, &who, &mut tx, id, &input).await,
        Err(fault) => Err(fault),
    };
    match begun {
        Ok(()) => {
            tx.commit().await?;
            let flash = Flash::done("The payment is on its way to accounting.");
            Ok(done(&place_of(id), &flash))
        }
        Err(fault @ Fault::Invalid { .. }) => again(frame, &mut tx, id, &typed, &fault).await,
        Err(fault) => Err(fault),
    }
}

async fn again(
    frame: Frame,
    tx: &mut Tx,
    id: GeneratedInvoiceId,
    typed: &Typed,
    fault: &Fault,
) -> Result<Response, Fault> {
    let org = frame.who.org;
    let draft = detail(tx, org, id).await?.draft;
    let found = pay::payments(tx, org, id).await?;
    Ok(page(frame, &draft, &found, typed, Some(fault)))
}

impl Typed {
    fn input(&self, currency: &str) -> Result<PaymentInput, Fault> {
        let digits = format::minor_digits(currency);
        let amount = input::exact(&self.amount).and_then(|amount| {
            let scaled = Decimal::from(10_i64.pow(digits)).checked_mul(amount.0);
            let whole = scaled.filter(|scaled| scaled.fract().is_zero());
            whole
                .and_then(|whole| whole.to_i64())
                .ok_or_else(|| format!("write it with at most {digits} decimal places"))
        });
        let amount = amount.map_err(|why| Fault::field("amount_minor", why))?;
        let paid_on = input::day(&self.paid_on).map_err(|why| Fault::field("paid_on", why))?;
        Ok(PaymentInput {
            version: self.version,
            account: self.account.clone(),
            amount_minor: Some(amount),
            paid_on: Some(paid_on.0),
            reference: Some(self.reference.clone()),
        })
    }
}

fn page(
    Frame { shell, .. }: Frame,
    draft: &DraftView,
    found: &Payments,
    typed: &Typed,
    fault: Option<&Fault>,
) -> Response {
    let wrong = fault.map(Fault::fields).unwrap_or_default();
    let error = |name: &str| wrong.get(name).cloned();
    let number = draft.number.clone().unwrap_or_default();
    let account = Field::select("account", "Account")
        .value(&typed.account)
        .hint("Where the money came in.")
        .error(error("account"))
        .required()
        .option("", "Choose an account");
    let account = found.accounts.iter().fold(account, |field, one| {
        let label = match one.code.as_str() {
            "" => one.name.clone(),
            code => format!("{} ({code})", one.name),
        };
        field.option(&one.id, label)
    });
    let fields = vec![
        account,
        Field::decimal("amount", "Amount")
            .value(&typed.amount)
            .prefix(&found.currency)
            .error(error("amount_minor"))
            .required(),
        Field::date("paid_on", "Came in on")
            .value(&typed.paid_on)
            .error(error("paid_on"))
            .required(),
        Field::text("reference", "Reference")
            .value(&typed.reference)
            .hint("What the bank says; a number of ours is added.")
            .error(error("reference")),
    ];
    let title = format!("Mark {number} paid");
    let page = PayPage {
        shell: shell.titled(title.clone(), Nav::GeneratedInvoices),
        place: place_of(draft.id),
        title,
        version: typed.version,
        owed: Figure::new(found.owed_minor, found.currency.clone()).per("owed"),
        problem: fault.map(ToString::to_string),
        fields,
        has_accounts: !found.accounts.is_empty(),
    };
    let status = fault.map_or(axum::http::StatusCode::OK, Fault::status);
    (status, View(page)).into_response()
}
