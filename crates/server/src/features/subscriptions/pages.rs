//! The list of subscriptions and one of them.

use askama::Template;
use axum::{
    extract::{Path, Query, State as Shared},
    response::Response,
};
use chrono::NaiveDate;
use serde::Deserialize;

use super::{Filter, State, Subscription, SubscriptionDetail, place, store};
use crate::{
    app::App,
    db::{Day, Exact, SubscriptionId},
    fault::Fault,
    features::{clients, connections::vendor_title, home::Frame},
    http::{CsvFile, Paging, Permission, Who, Window},
    ui::{
        Badge, Column, Evidence, Field, Figure, Href, Moment, Nav, Pager, Quantity, Shell, Tabs,
        Tone, UnitPrice, View, format,
    },
};

/// What the list is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    status: String,
    commitment: String,
    client: String,
    #[serde(flatten)]
    paging: Paging,
}

impl Asked {
    fn href(&self) -> Href {
        Href::to("/subscriptions")
            .with("q", &self.q)
            .with("status", &self.status)
            .with("commitment", &self.commitment)
            .with("client", &self.client)
    }

    async fn filter(
        &self,
        who: &Who,
        tx: &mut crate::db::Tx,
        today: Day,
    ) -> Result<(Filter, Option<String>), Fault> {
        let mut filter = Filter::typed(Some(&self.q), Some(&self.status))?
            .closing(Some(&self.commitment), today)?;
        if self.client.is_empty() {
            return Ok((filter, None));
        }
        let client = clients::client_named(tx, who.org, &self.client).await?;
        let client = client.ok_or(Fault::NotFound("this client"))?;
        filter.client = Some(client.id);
        Ok((filter, Some(client.name)))
    }
}

#[derive(Template)]
#[template(path = "features/subscriptions/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    tabs: Tabs,
    search: Field,
    client: Option<String>,
    client_id: String,
    rows: Vec<Row>,
    is_filtered: bool,
    sees_cost: bool,
    pager: Pager,
}

/// A subscription in a table.
pub struct Row {
    pub href: String,
    pub client: String,
    pub is_mapped: bool,
    pub product: String,
    pub item: Option<String>,
    pub quantity: Quantity,
    pub price: UnitPrice,
    pub cost: Option<UnitPrice>,
    pub badges: Vec<Badge>,
    pub term: String,
    pub ends: Option<Moment>,
}

impl Row {
    pub fn of(subscription: &Subscription) -> Self {
        let currency = subscription.currency.clone();
        let price = |exact: Exact| UnitPrice::micros(exact.to_micros().unwrap_or(0), &currency);
        Self {
            href: format!("/subscriptions/{}", subscription.id),
            client: subscription
                .client_name
                .clone()
                .unwrap_or_else(|| subscription.company.clone()),
            is_mapped: subscription.client_id.is_some(),
            product: subscription.product.clone(),
            item: subscription.item_code.clone(),
            quantity: Quantity::micros(subscription.quantity.to_micros().ok()),
            price: price(subscription.unit_price),
            cost: subscription.unit_cost.map(price),
            badges: badges(subscription),
            term: subscription.billing_term.clone(),
            ends: subscription
                .ends_on
                .or(subscription.commitment_ends_on)
                .map(|day| Moment::date(day.0)),
        }
    }
}

fn badges(subscription: &Subscription) -> Vec<Badge> {
    let state = subscription.state();
    let tone = match state {
        State::Active => Tone::Good,
        State::Trial => Tone::Info,
        State::Suspended | State::ScheduledToCancel => Tone::Risk,
        State::Cancelled => Tone::Neutral,
    };
    let mut badges = vec![Badge::new(state.title(), tone)];
    if subscription.own_use {
        badges.push(Badge::neutral("Own use"));
    }
    if subscription.is_gone {
        badges.push(Badge::neutral("Gone at the vendor"));
    }
    badges
}

pub async fn list(
    Frame { who, shell }: Frame,
    Shared(app): Shared<App>,
    Query(asked): Query<Asked>,
) -> Result<View<ListPage>, Fault> {
    let window = asked.paging.window("client")?;
    let today = Day(who.today(&app));
    let mut tx = app.db.read(who.org).await?;
    let (filter, client) = asked.filter(&who, &mut tx, today).await?;
    let rows = store::subscriptions(&mut tx, who.org, &filter, today, &window).await?;
    let counts = store::states(&mut tx, who.org, today).await?;
    let page = window.page(rows, place);
    let pager = Pager {
        shown: format::counted(page.items.len() as u64, "subscription", "subscriptions"),
        first: window.after.as_ref().map(|_| asked.href().into()),
        next: page
            .next_cursor
            .as_ref()
            .map(|cursor| asked.href().with("cursor", cursor).into()),
        csv: Some(asked.href().at("/subscriptions.csv").into()),
    };
    let rows: Vec<Row> = page
        .items
        .into_iter()
        .map(|row| Row::of(&row.subscription.shown_to(&who)))
        .collect();
    Ok(View(ListPage {
        shell: shell.titled("Subscriptions", Nav::Subscriptions),
        tabs: tabs(&asked, &counts),
        search: Field::search("q", "Client, product or subscription id").value(&asked.q),
        is_filtered: asked.href() != Href::to("/subscriptions"),
        client,
        client_id: asked.client.clone(),
        sees_cost: who.may(Permission::ReadCost),
        rows,
        pager,
    }))
}

fn tabs(asked: &Asked, counts: &[(String, i64)]) -> Tabs {
    let count = |word: &str| {
        let found = counts.iter().find(|(state, _)| state == word);
        found.map_or(0, |(_, count)| u64::try_from(*count).unwrap_or(0))
    };
    let all = counts
        .iter()
        .map(|(_, count)| u64::try_from(*count).unwrap_or(0))
        .sum();
    let clear = || asked.href().with("status", "").with("commitment", "");
    let is_all = asked.status.is_empty() && asked.commitment.is_empty();
    let tabs = Tabs::new("Status").tab("All", clear(), Some(all), is_all);
    let tabs = State::ALL.into_iter().fold(tabs, |tabs, state| {
        let word = state.as_str();
        tabs.tab(
            state.title(),
            clear().with("status", word),
            Some(count(word)),
            asked.status == word,
        )
    });
    tabs.tab(
        "Commitment closing",
        clear().with("commitment", "closing"),
        None,
        asked.commitment == "closing",
    )
}

/// The rows now filtered.
pub async fn csv(
    Frame { who, .. }: Frame,
    Shared(app): Shared<App>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let today = Day(who.today(&app));
    let mut tx = app.db.read(who.org).await?;
    let (filter, _) = asked.filter(&who, &mut tx, today).await?;
    let window = Window::everything("client");
    let rows = store::subscriptions(&mut tx, who.org, &filter, today, &window).await?;
    let head = [
        "client",
        "product",
        "sku",
        "item",
        "quantity",
        "unit_price",
        "unit_cost",
        "currency",
        "status",
        "billing_term",
        "starts_on",
        "ends_on",
        "commitment_ends_on",
        "vendor",
        "subscription_id",
        "contract_line",
    ];
    let mut file = CsvFile::new("subscriptions", &head)?;
    for row in rows {
        let row = row.subscription.shown_to(&who);
        let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        file.row(&[
            row.client_name.unwrap_or(row.company),
            row.product,
            row.sku,
            row.item_code.unwrap_or_default(),
            row.quantity.to_string(),
            row.unit_price.to_string(),
            row.unit_cost
                .map(|cost| cost.to_string())
                .unwrap_or_default(),
            row.currency,
            row.status,
            row.billing_term,
            row.starts_on.to_string(),
            day(row.ends_on),
            day(row.commitment_ends_on),
            row.vendor,
            row.external_id,
            row.contract_line.unwrap_or_default(),
        ])?;
    }
    file.into_response()
}

#[derive(Template)]
#[template(path = "features/subscriptions/templates/detail.html")]
pub struct DetailPage {
    shell: Shell,
    row: Row,
    subscription: Subscription,
    client_href: Option<String>,
    line_href: Option<String>,
    item_href: Option<String>,
    mapping_href: String,
    total: Figure,
    margin: Option<String>,
    started: Moment,
    closes: Option<String>,
    commitment_ends: Option<Moment>,
    history: Evidence,
    vendor: String,
}

pub async fn detail(
    Frame { who, shell }: Frame,
    Shared(app): Shared<App>,
    Path(id): Path<String>,
) -> Result<View<DetailPage>, Fault> {
    let id: SubscriptionId = id
        .parse()
        .map_err(|_| Fault::NotFound("this subscription"))?;
    let today = who.today(&app);
    let mut tx = app.db.read(who.org).await?;
    let found = super::detail(&who, &mut tx, who.org, id, Day(today)).await?;
    let history = history(&found, &who);
    let SubscriptionDetail { subscription, .. } = found;
    Ok(View(DetailPage {
        shell: shell.titled(subscription.product.clone(), Nav::Subscriptions),
        row: Row::of(&subscription),
        client_href: subscription.client_id.map(|id| format!("/clients/{id}")),
        line_href: subscription
            .contract_id
            .map(|id| format!("/contracts/{id}")),
        item_href: subscription
            .catalog_item_id
            .map(|id| format!("/catalog/{id}")),
        mapping_href: Href::to("/client-mappings")
            .with("q", &subscription.company)
            .into(),
        total: total(
            subscription.quantity,
            subscription.unit_price,
            &subscription.currency,
        ),
        margin: margin(&subscription),
        started: Moment::date(subscription.starts_on.0),
        closes: closes(&subscription, today),
        commitment_ends: subscription
            .commitment_ends_on
            .map(|day| Moment::date(day.0)),
        history,
        vendor: vendor_title(&subscription.vendor).to_owned(),
        subscription,
    }))
}

fn total(quantity: Exact, price: Exact, currency: &str) -> Figure {
    let minor = currency.parse().ok().and_then(|currency| {
        let micro = |exact: Exact| billing::Micro(exact.to_micros().unwrap_or(0));
        billing::money::line_total(
            micro(quantity),
            micro(price),
            billing::Fraction::ONE,
            currency,
            billing::policy::Rounding::HalfUp,
        )
        .ok()
    });
    Figure::new(minor.map_or(0, |money| money.minor), currency)
}

/// Of the distributor's own price; a contract line's margin is with the contract.
fn margin(subscription: &Subscription) -> Option<String> {
    let cost = subscription.unit_cost?.0;
    let price = subscription.unit_price.0;
    let share = (price - cost).checked_div(price)?;
    let micros = Exact::new(share.round_dp(4)).ok()?.to_micros().ok()?;
    Some(format::percent(micros))
}

/// What closes when, in words.
fn closes(subscription: &Subscription, today: NaiveDate) -> Option<String> {
    if let Some(end) = subscription.ends_on {
        let word = if end.0 <= today {
            "Ended on"
        } else {
            "Ends on"
        };
        return Some(format!("{word} {}", format::date(end.0)));
    }
    let end = subscription.commitment_ends_on?;
    let days = (end.0 - today).num_days();
    (days >= 0).then(|| {
        let left = format::counted(u64::try_from(days).unwrap_or(0), "day", "days");
        format!(
            "Quantity can fall again on {} ({left} left)",
            format::date(end.0)
        )
    })
}

fn history(found: &SubscriptionDetail, who: &Who) -> Evidence {
    let sees_cost = who.may(Permission::ReadCost);
    let mut columns = vec![
        Column::text("From"),
        Column::number("Quantity"),
        Column::number("Price"),
    ];
    if sees_cost {
        columns.push(Column::number("Cost"));
    }
    columns.push(Column::text("Vendor status"));
    let currency = &found.subscription.currency;
    let price = |exact: Exact| format::unit_price(exact.to_micros().unwrap_or(0), currency);
    let vendor = vendor_title(&found.subscription.vendor);
    let table = Evidence::new("History", vendor, columns);
    found.history.iter().fold(table, |table, change| {
        let on = change.happened_at.0.with_timezone(&who.zone).date_naive();
        let mut cells = vec![
            format::date(on),
            change.quantity.to_string(),
            price(change.unit_price),
        ];
        if sees_cost {
            cells.push(change.unit_cost.map(price).unwrap_or_default());
        }
        cells.push(change.vendor_status.clone());
        table.row(cells)
    })
}
