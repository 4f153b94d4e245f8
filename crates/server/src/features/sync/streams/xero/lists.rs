//! Contacts and the ledger's own lists.

use billing::due::CountedFrom;
use rust_decimal::Decimal;
use vendors::{
    Cursor, Error, Page,
    xero::{Account, Contact, Item, TaxRate, TermsFrom, Xero},
};

use crate::{
    db::At,
    features::{
        clients::name_key,
        contracts::Word,
        sync::{
            drive::Run,
            ingest::{Record, Table, Values, table},
            normal::{self, Reason},
            plan::Stream,
            streams::text,
        },
    },
};

pub struct Contacts<'c>(pub &'c Xero);

impl Stream for Contacts<'_> {
    const NAME: &'static str = "contacts";
    const TITLE: &'static str = "Contacts";
    const TELLS_CHANGES: bool = true;
    type Item = Contact;

    fn table(&self) -> &'static Table {
        &table::COMPANY
    }

    async fn page(
        &self,
        since: Option<At>,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Contact>, Error> {
        self.0.contacts(since.map(|at| at.0), cursor).await
    }

    fn id(contact: &Contact) -> String {
        contact.contact_id.clone()
    }

    /// Suppliers that never were customers are nobody's clients.
    fn is_kept(contact: &Contact) -> bool {
        contact.is_customer || !contact.is_supplier
    }

    fn record(&self, _: &Run<'_>, contact: &Contact) -> Result<Record, Reason> {
        let name = text(Some(&contact.name), 500);
        let status = contact.contact_status.as_ref();
        let (terms_days, terms_from) = terms(contact).unzip();
        let values = Values::of(9)
            .and(name.as_str())
            .and(name_key(&name))
            .and(contact.contact_number.as_deref())
            .and(normal::web_domain(contact.website.as_deref()))
            .and(normal::email_domain(contact.email_address.as_deref()))
            .and(contact.default_currency.as_deref())
            .and(status.map_or("ACTIVE", |status| status.as_str()))
            .and(terms_days)
            .and(terms_from);
        let key = contact.contact_id.clone();
        Ok(Record::new(self.table(), key, name, values, 0, Vec::new()))
    }
}

/// When the contact has to pay; none where that is not said, or in words we do not know.
fn terms(contact: &Contact) -> Option<(i64, String)> {
    let said = contact.payment_terms.sales.as_ref()?;
    let counted_from = match said.from.as_ref()? {
        TermsFrom::InvoiceDate => CountedFrom::InvoiceDate,
        TermsFrom::EndOfMonth => CountedFrom::EndOfMonth,
        TermsFrom::DayOfMonth => CountedFrom::DayOfMonth,
        TermsFrom::DayOfNextMonth => CountedFrom::DayOfNextMonth,
        TermsFrom::Other(_) => return None,
    };
    Some((said.day?, Word(counted_from).text()))
}

pub struct Items<'c>(pub &'c Xero);

impl Stream for Items<'_> {
    const NAME: &'static str = "items";
    const TITLE: &'static str = "Items";
    const TELLS_CHANGES: bool = true;
    type Item = Item;

    fn table(&self) -> &'static Table {
        &table::ITEM
    }

    async fn page(&self, since: Option<At>, _: Option<&Cursor>) -> Result<Page<Item>, Error> {
        self.0.items(since.map(|at| at.0)).await
    }

    fn id(item: &Item) -> String {
        item.item_id.clone()
    }

    fn record(&self, _: &Run<'_>, item: &Item) -> Result<Record, Reason> {
        let name = item.name.clone().unwrap_or_else(|| item.code.clone());
        let values = Values::of(2).and(item.code.as_str()).and(name.as_str());
        let key = item.item_id.clone();
        Ok(Record::new(self.table(), key, name, values, 0, Vec::new()))
    }
}

pub struct TaxRates<'c>(pub &'c Xero);

impl Stream for TaxRates<'_> {
    const NAME: &'static str = "tax_rates";
    const TITLE: &'static str = "Tax rates";
    type Item = TaxRate;

    fn table(&self) -> &'static Table {
        &table::TAX_RATE
    }

    async fn page(&self, _: Option<At>, _: Option<&Cursor>) -> Result<Page<TaxRate>, Error> {
        self.0.tax_rates().await
    }

    fn id(rate: &TaxRate) -> String {
        rate.tax_type.clone()
    }

    fn record(&self, _: &Run<'_>, rate: &TaxRate) -> Result<Record, Reason> {
        let percent = rate.effective_rate.or(rate.display_tax_rate);
        let percent = percent.unwrap_or_default();
        let fraction = percent
            .checked_div(Decimal::ONE_HUNDRED)
            .unwrap_or_default();
        let values = Values::of(4)
            .and(rate.name.as_str())
            .and(normal::exact("EffectiveRate", fraction)?)
            .and(rate.status.as_ref().map_or("ACTIVE", |s| s.as_str()))
            .and(rate.can_apply_to_revenue);
        let key = rate.tax_type.clone();
        Ok(Record::new(
            self.table(),
            key,
            rate.name.clone(),
            values,
            0,
            Vec::new(),
        ))
    }
}

pub struct Accounts<'c>(pub &'c Xero);

impl Stream for Accounts<'_> {
    const NAME: &'static str = "accounts";
    const TITLE: &'static str = "Accounts";
    const TELLS_CHANGES: bool = true;
    type Item = Account;

    fn table(&self) -> &'static Table {
        &table::ACCOUNT
    }

    async fn page(&self, since: Option<At>, _: Option<&Cursor>) -> Result<Page<Account>, Error> {
        self.0.accounts(since.map(|at| at.0)).await
    }

    fn id(account: &Account) -> String {
        account.account_id.clone()
    }

    fn record(&self, _: &Run<'_>, account: &Account) -> Result<Record, Reason> {
        let values = Values::of(7)
            .and(account.code.as_deref().unwrap_or_default())
            .and(account.name.as_str())
            .and(account.kind.as_deref().unwrap_or_default())
            .and(account.class.as_deref().unwrap_or_default())
            .and(account.tax_type.as_deref().unwrap_or_default())
            .and(account.status.as_ref().map_or("ACTIVE", |s| s.as_str()))
            .and(account.enable_payments_to_account);
        let key = account.account_id.clone();
        Ok(Record::new(
            self.table(),
            key,
            account.name.clone(),
            values,
            0,
            Vec::new(),
        ))
    }
}
