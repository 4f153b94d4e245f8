//! One catalog item: the form that makes or changes it, and which vendor products it is.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use crate::{
    app::App,
    db::{CatalogItemId, OrgId, Tx},
    fault::Fault,
    features::{
        catalog::{self, CatalogItem, Created, ItemChange, ItemInput, store},
        home::Frame,
        meters,
    },
    http::{May, Permission, Window, Work},
    ui::{Field, Flash, Href, Nav, Shell, View, see_other},
};

#[derive(Template)]
#[template(path = "features/catalog/templates/item.html")]
struct ItemPage {
    shell: Shell,
    title: String,
    action: String,
    item: Option<CatalogItem>,
    version: i64,
    fields: Vec<Field>,
    problem: Option<String>,
    may_work: bool,
    products: Vec<Product>,
    tax_types: Vec<(String, String)>,
    accounts: Vec<(String, String)>,
    meters: Vec<(String, String)>,
}

struct Product {
    href: String,
    name: String,
    vendor: String,
    sku: String,
}

/// An item as a browser sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    version: i64,
    code: String,
    name: String,
    description: String,
    unit_price: String,
    unit_cost: String,
    currency: String,
    tax_type: String,
    account_code: String,
    meter: String,
}

impl Typed {
    fn of(item: &CatalogItem) -> Self {
        let input = ItemInput::from(item);
        Self {
            version: item.version,
            code: input.code,
            name: input.name,
            description: input.description,
            unit_price: input.unit_price,
            unit_cost: input.unit_cost.unwrap_or_default(),
            currency: item.currency.clone(),
            tax_type: input.tax_type,
            account_code: input.account_code,
            meter: input.meter.unwrap_or_default(),
        }
    }

    fn input(&self) -> ItemInput {
        ItemInput {
            code: self.code.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            unit_price: self.unit_price.clone(),
            unit_cost: Some(self.unit_cost.clone()),
            currency: Some(self.currency.clone()),
            tax_type: self.tax_type.clone(),
            account_code: self.account_code.clone(),
            meter: Some(self.meter.clone()),
        }
    }

    fn change(&self) -> ItemChange {
        let input = self.input();
        ItemChange {
            version: self.version,
            code: Some(input.code),
            name: Some(input.name),
            description: Some(input.description),
            unit_price: Some(input.unit_price),
            unit_cost: Some(input.unit_cost),
            currency: input.currency,
            tax_type: Some(input.tax_type),
            account_code: Some(input.account_code),
            meter: Some(input.meter),
            status: None,
        }
    }

    fn fields(&self, fault: Option<&Fault>, may_work: bool, sees_cost: bool) -> Vec<Field> {
        let wrong = fault.map(Fault::fields).unwrap_or_default();
        let error = |name: &str| wrong.get(name).cloned();
        let mut fields = vec![
            Field::text("code", "Code")
                .value(&self.code)
                .error(error("code"))
                .hint("Also the item code on invoices.")
                .required(),
            Field::text("name", "Name")
                .value(&self.name)
                .error(error("name"))
                .required(),
            Field::decimal("unit_price", "Price")
                .value(&self.unit_price)
                .error(error("unit_price"))
                .hint("For one unit a month, unless a contract says otherwise.")
                .required(),
        ];
        if sees_cost {
            fields.push(
                Field::decimal("unit_cost", "Cost")
                    .value(&self.unit_cost)
                    .error(error("unit_cost")),
            );
        }
        fields.extend([
            Field::text("currency", "Currency")
                .value(&self.currency)
                .error(error("currency")),
            Field::text("tax_type", "Tax code")
                .value(&self.tax_type)
                .error(error("tax_type"))
                .list("tax-types")
                .hint("As accounting calls it, such as OUTPUT2.")
                .required(),
            Field::text("account_code", "Revenue account")
                .value(&self.account_code)
                .error(error("account_code"))
                .list("accounts")
                .required(),
            Field::text("meter", "Meter")
                .value(&self.meter)
                .error(error("meter"))
                .list("meters")
                .hint("What counts it, such as workstations; empty when no tool does."),
            Field::textarea("description", "Description")
                .value(&self.description)
                .error(error("description")),
        ]);
        fields
            .into_iter()
            .map(|field| field.disabled(!may_work))
            .collect()
    }
}

pub async fn new(frame: Frame, who: May<Work>, State(app): State<App>) -> Result<Response, Fault> {
    let typed = Typed {
        currency: who.currency.clone(),
        ..Typed::default()
    };
    let mut tx = app.db.read(who.org).await?;
    page(frame, &mut tx, None, &typed, None).await
}

pub async fn create(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    match catalog::create(&app, &who, &mut tx, &typed.input()).await {
        Ok(Created::New(item) | Created::AlreadyThere(item)) => {
            tx.commit().await?;
            let flash = Flash::done(format!("{} is in the catalog.", item.name));
            Ok(see_other("/catalog", &flash))
        }
        Err(fault) => refused(frame, &mut tx, None, &typed, fault).await,
    }
}

pub async fn detail(
    frame: Frame,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(frame.who.org).await?;
    let item = catalog::item(&mut tx, frame.who.org, item_id(&id)?).await?;
    let item = item.shown_to(&frame.who);
    let typed = Typed::of(&item);
    page(frame, &mut tx, Some(item), &typed, None).await
}

pub async fn change(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let id = item_id(&id)?;
    let mut tx = app.db.write(who.org).await?;
    match catalog::update(&app, &who, &mut tx, id, &typed.change()).await {
        Ok(item) => {
            tx.commit().await?;
            let flash = Flash::done(format!("{} was saved.", item.name));
            Ok(see_other("/catalog", &flash))
        }
        Err(fault) => {
            let item = catalog::item(&mut tx, who.org, id).await?;
            refused(frame, &mut tx, Some(item), &typed, fault).await
        }
    }
}

/// The button that archives an item or makes it active again.
#[derive(Debug, Deserialize)]
pub struct Status {
    version: i64,
    status: String,
}

pub async fn change_status(
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(typed): Form<Status>,
) -> Result<Response, Fault> {
    let change = ItemChange {
        version: typed.version,
        status: Some(typed.status),
        ..ItemChange::default()
    };
    let mut tx = app.db.write(who.org).await?;
    let item = catalog::update(&app, &who, &mut tx, item_id(&id)?, &change).await?;
    tx.commit().await?;
    let flash = Flash::done(if item.is_archived() {
        format!("{} is archived. Contracts that bill it go on.", item.name)
    } else {
        format!("{} is active again.", item.name)
    });
    Ok(see_other(&format!("/catalog/{}", item.id), &flash))
}

async fn refused(
    frame: Frame,
    tx: &mut Tx,
    item: Option<CatalogItem>,
    typed: &Typed,
    fault: Fault,
) -> Result<Response, Fault> {
    match fault {
        Fault::Invalid { .. } | Fault::Conflict { .. } => {
            page(frame, tx, item, typed, Some(&fault)).await
        }
        other => Err(other),
    }
}

async fn page(
    Frame { who, shell }: Frame,
    tx: &mut Tx,
    item: Option<CatalogItem>,
    typed: &Typed,
    fault: Option<&Fault>,
) -> Result<Response, Fault> {
    let (title, action) = match &item {
        None => ("New item".to_owned(), "/catalog/create".to_owned()),
        Some(item) => (item.name.clone(), format!("/catalog/{}", item.id)),
    };
    let may_work = who.may(Permission::Work);
    let page = ItemPage {
        shell: shell.titled(title.clone(), Nav::Catalog),
        title,
        action,
        version: typed.version,
        fields: typed.fields(fault, may_work, who.may(Permission::ReadCost)),
        problem: fault.map(ToString::to_string),
        may_work,
        products: products(tx, who.org, item.as_ref()).await?,
        tax_types: store::tax_types(tx, who.org).await?,
        accounts: store::revenue_accounts(tx, who.org).await?,
        meters: meters::choices(tx, who.org).await?,
        item,
    };
    let status = fault.map_or(axum::http::StatusCode::OK, Fault::status);
    Ok((status, View(page)).into_response())
}

async fn products(
    tx: &mut Tx,
    org: OrgId,
    item: Option<&CatalogItem>,
) -> Result<Vec<Product>, Fault> {
    let Some(item) = item else {
        return Ok(Vec::new());
    };
    let filter = store::LinkFilter {
        pattern: None,
        state: Some("mapped".to_owned()),
        connection: None,
        item: Some(item.id),
    };
    let rows = store::links(tx, org, &filter, &Window::everything("name")).await?;
    Ok(rows
        .into_iter()
        .map(|row| Product {
            href: Href::to("/product-mappings/record")
                .with("connection", row.link.connection_id.to_string())
                .with("external_id", &row.link.external_id)
                .into(),
            name: if row.link.product.is_empty() {
                row.link.external_id
            } else {
                row.link.product
            },
            vendor: row.link.vendor,
            sku: row.link.sku,
        })
        .collect())
}

fn item_id(text: &str) -> Result<CatalogItemId, Fault> {
    text.parse()
        .map_err(|_| Fault::NotFound("this catalog item"))
}
