//! What the ledger itself has for the client: its PDF, and the page where the client sees and pays
//! the invoice. Asked for when somebody wants it, with no transaction open.

use crate::{
    app::App,
    db::{GeneratedInvoiceId, OrgId},
    fault::Fault,
    features::{
        connections::{
            self,
            client::{self, Client, Unusable},
        },
        generated_invoices::{self, DraftView},
    },
};
use vendors::xero::Xero;

/// An invoice as the ledger knows it.
pub struct InLedger {
    pub draft: DraftView,
    external_id: String,
    ledger: Xero,
}

/// How long one waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// A person looks at the page.
    Person,
    Job,
}

impl InLedger {
    /// None where the invoice is in no ledger, or in one that is not connected any more.
    pub async fn find(
        app: &App,
        org: OrgId,
        id: GeneratedInvoiceId,
        waiting: Waiting,
    ) -> Result<Option<Self>, Fault> {
        let mut tx = app.db.read(org).await?;
        let draft = generated_invoices::view_of(&mut tx, org, id).await?;
        let row = generated_invoices::document(&mut tx, org, id).await?.row;
        let (Some(external_id), Some(connection)) = (row.ledger_external_id, row.connection_id)
        else {
            return Ok(None);
        };
        let connection = connections::one(&mut tx, org, connection).await?;
        drop(tx);
        let opened = match waiting {
            Waiting::Person => client::open_briefly(app, org, &connection).await,
            Waiting::Job => client::open(app, org, &connection).await,
        };
        match opened {
            Ok(Client::Xero(ledger)) => Ok(Some(Self {
                draft,
                external_id,
                ledger,
            })),
            Ok(_) | Err(Unusable::Disconnected | Unusable::NoAccount) => Ok(None),
            Err(Unusable::Internal(error)) => Err(Fault::Internal(error)),
        }
    }

    pub async fn pdf(&self) -> Result<Vec<u8>, vendors::Error> {
        let file = self.ledger.invoice_pdf(&self.external_id).await?;
        Ok(file.to_vec())
    }

    /// None for what the client does not see yet.
    pub async fn online(&self) -> Result<Option<String>, vendors::Error> {
        let url = match self.ledger.online_invoice_url(&self.external_id).await {
            Ok(url) => url,
            // An invoice that is not approved has no such page.
            Err(vendors::Error::Refused(_)) => None,
            Err(error) => return Err(error),
        };
        let safe = url.filter(|url| url.scheme() == "https");
        Ok(safe.map(|url| url.to_string()))
    }
}
