//! Pax8: always read whole, because it cannot say what changed.

mod bills;
mod drafts;
mod subscriptions;

pub use bills::Bills;
pub use drafts::read_drafts;
pub use subscriptions::Subscriptions;

use vendors::{
    Cursor, Error, Page,
    pax8::{Company, ContactType, Pax8, Product},
};

use crate::{
    db::At,
    features::{
        clients::name_key,
        sync::{
            drive::Run,
            ingest::{Record, Table, Values, table},
            normal::{self, Reason},
            plan::Stream,
        },
    },
};

/// At most so many small reads at once; the client has its own limit below it.
const AT_ONCE: usize = 4;

pub struct Companies<'c>(pub &'c Pax8);

impl Stream for Companies<'_> {
    const NAME: &'static str = "companies";
    const TITLE: &'static str = "Companies";
    type Item = Company;

    fn table(&self) -> &'static Table {
        &table::COMPANY
    }

    async fn page(&self, _: Option<At>, cursor: Option<&Cursor>) -> Result<Page<Company>, Error> {
        self.0.companies(cursor).await
    }

    fn id(company: &Company) -> String {
        company.id.clone()
    }

    fn record(&self, _: &Run<'_>, company: &Company) -> Result<Record, Reason> {
        let name = super::text(Some(&company.name), 500);
        let status = company.status.as_ref().map_or("Active", |s| s.as_str());
        let values = Values::of(9)
            .and(name.as_str())
            .and(name_key(&name))
            .and(company.external_id.as_deref())
            .and(normal::web_domain(company.website.as_deref()))
            .and(normal::email_domain(address(company)))
            .and(None::<String>)
            .and(status)
            .and(None::<i64>)
            .and(None::<String>);
        Ok(Record::new(
            self.table(),
            company.id.clone(),
            name,
            values,
            0,
            Vec::new(),
        ))
    }
}

/// The address that bills go to, else whoever administers.
fn address(company: &Company) -> Option<&str> {
    let with = |wanted: ContactType| {
        company
            .contacts
            .iter()
            .filter(move |contact| {
                contact
                    .types
                    .iter()
                    .any(|role| role.kind.as_ref() == Some(&wanted))
            })
            .find_map(|contact| contact.email.as_deref())
    };
    let anybody = || company.contacts.iter().find_map(|c| c.email.as_deref());
    with(ContactType::Billing)
        .or_else(|| with(ContactType::Admin))
        .or_else(anybody)
}

pub struct Products<'c>(pub &'c Pax8);

impl Stream for Products<'_> {
    const NAME: &'static str = "products";
    const TITLE: &'static str = "Products";
    type Item = Product;

    fn table(&self) -> &'static Table {
        &table::PRODUCT
    }

    async fn page(&self, _: Option<At>, cursor: Option<&Cursor>) -> Result<Page<Product>, Error> {
        self.0.products(cursor).await
    }

    fn id(product: &Product) -> String {
        product.id.clone()
    }

    fn record(&self, _: &Run<'_>, product: &Product) -> Result<Record, Reason> {
        let name = super::text(Some(&product.name), 500);
        let sku = product.sku.as_deref().or(product.vendor_sku.as_deref());
        let values = Values::of(4)
            .and(name.as_str())
            .and(name_key(&name))
            .and(product.vendor_name.as_deref().unwrap_or_default())
            .and(sku.unwrap_or_default());
        Ok(Record::new(
            self.table(),
            product.id.clone(),
            name,
            values,
            0,
            Vec::new(),
        ))
    }
}
