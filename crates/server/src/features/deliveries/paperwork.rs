//! Everything that an invoice on paper says, read at once.

use crate::{
    app::App,
    db::{GeneratedInvoiceId, OrgId, Tx},
    fault::Fault,
    features::{
        clients::{self, Client},
        entity_profiles::{self, EntityProfile},
        generated_invoices::{self, Document, DraftView},
        organizations::letterhead::{self, Letterhead},
    },
    ui::Locale,
};

/// An invoice with who writes it and whom it is for.
pub struct Paperwork {
    pub letterhead: Letterhead,
    /// WebP.
    pub logo: Option<Vec<u8>>,
    pub client: Client,
    pub profile: EntityProfile,
    pub document: Document,
    pub view: DraftView,
}

impl Paperwork {
    pub async fn load(tx: &mut Tx, org: OrgId, id: GeneratedInvoiceId) -> Result<Self, Fault> {
        let document = generated_invoices::document(tx, org, id).await?;
        let client = clients::client(tx, org, document.row.client_id).await?;
        let logo = letterhead::logo(tx, org).await?;
        Ok(Self {
            letterhead: letterhead::printed(tx, org).await?,
            logo: logo.map(|(_, image)| image),
            profile: entity_profiles::profile(tx, org, client.id).await?,
            view: generated_invoices::view_of(tx, org, id).await?,
            client,
            document,
        })
    }

    /// By which name the client is addressed.
    pub fn client_name(&self) -> &str {
        let legal = &self.profile.legal_name;
        if legal.is_empty() {
            &self.client.name
        } else {
            legal
        }
    }

    /// What it is called before it has a number.
    pub fn number(&self) -> &str {
        self.document.row.number.as_deref().unwrap_or("Draft")
    }
}

/// Our own PDF of an invoice. The same content gives the same bytes.
pub async fn invoice_pdf(
    app: &App,
    org: OrgId,
    id: GeneratedInvoiceId,
) -> Result<(String, Vec<u8>), Fault> {
    let mut tx = app.db.read(org).await?;
    let paperwork = Paperwork::load(&mut tx, org, id).await?;
    drop(tx);
    let name = file_name("invoice", paperwork.number());
    Ok((
        name,
        drawn(move || super::invoice_pdf::draw(&paperwork)).await?,
    ))
}

/// Draws on a thread of its own, for the client: not as whoever asked reads numbers.
pub async fn drawn(
    draw: impl FnOnce() -> anyhow::Result<Vec<u8>> + Send + 'static,
) -> Result<Vec<u8>, Fault> {
    let made = tokio::task::spawn_blocking(move || Locale::of_others(draw)).await;
    made.map_err(Fault::internal)?.map_err(Fault::Internal)
}

/// `invoice-B1-00012.pdf`, in letters that every system takes.
pub fn file_name(what: &str, number: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
            c
        } else {
            '-'
        }
    };
    let number: String = number.chars().map(plain).collect();
    format!("{what}-{number}.pdf")
}
