//! Why an invoice is what it is, as its client is told.

use super::paperwork::Paperwork;
use crate::{
    db::{GeneratedInvoiceId, OrgId, Tx},
    fault::Fault,
    features::generated_invoices::{
        LineView,
        explained::{Explained, Reader, explained},
    },
    ui::{Locale, format},
};

/// Exactly what a client gets.
#[derive(Debug)]
pub struct ClientExplanation {
    pub title: String,
    /// Who writes.
    pub from: String,
    /// Whom to.
    pub to: String,
    pub lines: Vec<ExplainedLine>,
    pub total: String,
    pub number: String,
}

#[derive(Debug)]
pub struct ExplainedLine {
    pub description: String,
    pub period: String,
    pub net: String,
    /// None where nothing more is known than what it says.
    pub why: Option<Explained>,
}

pub async fn client_explanation(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
) -> Result<ClientExplanation, Fault> {
    let paperwork = Paperwork::load(tx, org, id).await?;
    Ok(Locale::of_others(|| told(paperwork)))
}

fn told(paperwork: Paperwork) -> ClientExplanation {
    let currency = paperwork.document.row.currency.clone();
    let total = format::money(paperwork.document.row.total_minor, &currency);
    let (number, to) = (
        paperwork.number().to_owned(),
        paperwork.client_name().to_owned(),
    );
    let lines = paperwork.document.lines.into_iter().map(|row| {
        let line = LineView::from(row);
        let period = line.starts_on.zip(line.ends_on);
        let period = period.map(|(start, end)| format::period(start.0, end.0));
        ExplainedLine {
            period: period.unwrap_or_default(),
            net: format::money(line.net_minor, &currency),
            why: explained(&line, &currency, Reader::Client),
            description: line.description,
        }
    });
    ClientExplanation {
        title: format!("How invoice {number} was worked out"),
        lines: lines.collect(),
        from: paperwork.letterhead.legal_name,
        to,
        total,
        number,
    }
}
