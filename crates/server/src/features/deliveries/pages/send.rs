//! The letter before it leaves.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{invoice_id, place_of};
use crate::{
    app::App,
    db::GeneratedInvoiceId,
    fault::Fault,
    features::{
        deliveries::{self, NewDelivery, Offer, check_sendable},
        entity_profiles::pages::addresses,
        generated_invoices,
        home::Frame,
    },
    http::{May, Work},
    ui::{Field, Flash, Nav, Notice, Shell, Tone, View, see_other},
};

#[derive(Template)]
#[template(path = "features/deliveries/templates/send.html")]
struct SendPage {
    shell: Shell,
    back: String,
    action: String,
    client: String,
    notices: Vec<Notice>,
    fields: Vec<Field>,
    /// What goes along: its name, where it can be seen, and what it is.
    attached: Vec<(String, String, &'static str)>,
    with_link: bool,
    can_send: bool,
    billing_href: String,
    is_first: bool,
}

/// A letter as a browser sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    recipients: String,
    subject: String,
    text: String,
    with_explanation: Option<String>,
}

impl Typed {
    fn of(offer: &Offer) -> Self {
        Self {
            recipients: offer.recipients.join("\n"),
            subject: offer.subject.clone(),
            text: offer.text.clone(),
            with_explanation: None,
        }
    }

    fn letter(&self) -> NewDelivery {
        NewDelivery {
            recipients: Some(addresses(&self.recipients)),
            subject: Some(self.subject.clone()),
            text: Some(self.text.clone()),
            with_explanation: self.with_explanation.is_some(),
        }
    }

    fn fields(&self, fault: Option<&Fault>, can_send: bool) -> Vec<Field> {
        let wrong = fault.map(Fault::fields).unwrap_or_default();
        let error = |name: &str| wrong.get(name).cloned();
        let fields = [
            Field::textarea("recipients", "To")
                .value(&self.recipients)
                .error(error("recipients"))
                .hint("One address a line.")
                .required(),
            Field::text("subject", "Subject")
                .value(&self.subject)
                .error(error("subject"))
                .required(),
            Field::textarea("text", "Text")
                .value(&self.text)
                .error(error("text"))
                .required(),
            Field::check("with_explanation", "Send explanation")
                .checked(self.with_explanation.is_some())
                .hint("How each line was worked out, without costs, as a second PDF."),
        ];
        fields.map(|field| field.disabled(!can_send)).into()
    }
}

pub async fn show(
    frame: Frame,
    _may: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    page(&app, frame, invoice_id(&id)?, None).await
}

pub async fn send(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let id = invoice_id(&id)?;
    let sent = async {
        let mut tx = app.db.write(who.org).await?;
        deliveries::deliver(&app, &who, &mut tx, id, &typed.letter()).await?;
        Ok(tx.commit().await?)
    };
    match sent.await {
        // A second click ends where the first did.
        Ok(())
        | Err(Fault::Conflict {
            code: "already_queued",
            ..
        }) => Ok(on_its_way(id)),
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            page(&app, frame, id, Some((typed, fault))).await
        }
        Err(other) => Err(other),
    }
}

fn on_its_way(id: GeneratedInvoiceId) -> Response {
    let flash = Flash::done("The letter is on its way.");
    see_other(&place_of(id), &flash)
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    id: GeneratedInvoiceId,
    refused: Option<(Typed, Fault)>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let draft = generated_invoices::view_of(&mut tx, who.org, id).await?;
    let offer = deliveries::offer(&mut tx, who.org, id).await?;
    drop(tx);
    let blocked = check_sendable(app, &draft).err();
    let (typed, fault) = match refused {
        Some((typed, fault)) => (typed, Some(fault)),
        None => (Typed::of(&offer), None),
    };
    let notices = blocked.as_ref().into_iter().chain(fault.as_ref());
    let mut said: Vec<String> = notices.map(ToString::to_string).collect();
    said.dedup();
    let can_send = blocked.is_none();
    let page = View(SendPage {
        shell: shell.titled("Send the invoice", Nav::GeneratedInvoices),
        back: place_of(id),
        action: format!("{}/send", place_of(id)),
        notices: said
            .into_iter()
            .map(|text| Notice::new(Tone::Late, "This cannot be sent.", text))
            .collect(),
        fields: typed.fields(fault.as_ref(), can_send),
        attached: attached(id, &offer),
        with_link: offer.document == "ledger",
        can_send,
        billing_href: format!("/clients/{}/billing", draft.client_id),
        is_first: draft.delivery == "not_sent",
        client: draft.client_name,
    });
    let status = fault.as_ref().map(Fault::status).unwrap_or_default();
    Ok((status, page).into_response())
}

fn attached(id: GeneratedInvoiceId, offer: &Offer) -> Vec<(String, String, &'static str)> {
    let (part, whose) = match offer.document {
        "ledger" => ("ledger.pdf", "as Xero prints it"),
        _ => ("invoice.pdf", "as BillingOne prints it"),
    };
    let place = place_of(id);
    vec![
        (offer.invoice_file.clone(), format!("{place}/{part}"), whose),
        (
            offer.explanation_file.clone(),
            format!("{place}/explanation.pdf"),
            "where “Send explanation” is chosen",
        ),
    ]
}
