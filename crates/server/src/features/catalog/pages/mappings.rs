//! Product mappings.

use axum::{
    Form,
    extract::{Query, State},
    response::Response,
};

use crate::{
    app::App,
    db::{ConnectionId, OrgId, Tx},
    fault::Fault,
    features::{
        catalog::{
            item_named,
            links::{CatalogLink, decide},
            store,
        },
        clients::search_pattern,
        home::Frame,
        mappings::{
            LinkInput,
            pages::shown::{self, Asked, Key, ListPage, Noun, Record, Ticked, Typed, Worths},
            store::{decisions, worth},
        },
    },
    http::{CsvFile, May, Who, Window, Work},
    ui::{Flash, Href, Nav, View, format, see_other},
};

static NOUN: Noun = Noun {
    path: "/product-mappings",
    nav: Nav::ProductMappings,
    title: "Product mappings",
    lead: "Which vendor product is which item of your catalog. What is not mapped cannot be billed.",
    record: "product",
    records: "products",
    target: "Item",
    target_hint: "Type a code or part of a name.",
    create: "/catalog/create",
    nothing: "Products appear here after the first sync of your distributor.",
};

impl From<CatalogLink> for Record {
    fn from(link: CatalogLink) -> Self {
        let about = [link.made_by, link.sku];
        Self {
            connection: link.connection_id,
            vendor: link.vendor,
            external_id: link.external_id,
            name: link.product,
            about: about
                .into_iter()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(" · "),
            state: link.state,
            target: link.item_name,
            target_key: link.item_code,
            target_href: link.catalog_item_id.map(|id| format!("/catalog/{id}")),
            score: link.score,
            reason: link.reason,
            version: link.version,
            is_gone: link.is_gone,
        }
    }
}

async fn filter(asked: &Asked, tx: &mut Tx, org: OrgId) -> Result<store::LinkFilter, Fault> {
    let item = match asked.item.as_str() {
        "" => None,
        name => {
            let item = item_named(tx, org, name).await?;
            Some(item.ok_or(Fault::NotFound("this catalog item"))?.id)
        }
    };
    Ok(store::LinkFilter {
        pattern: search_pattern(&asked.q),
        state: asked.state()?,
        connection: None,
        item,
    })
}

async fn worths(tx: &mut Tx, org: OrgId) -> Result<Worths, Fault> {
    Ok(Worths::of(worth(tx, org, "unmapped_product").await?))
}

pub async fn list(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<View<ListPage>, Fault> {
    let window = asked.paging.window("name")?;
    let mut tx = app.db.read(who.org).await?;
    let filter = filter(&asked, &mut tx, who.org).await?;
    let rows = store::links(&mut tx, who.org, &filter, &window).await?;
    let counts = store::link_states(&mut tx, who.org).await?;
    let worths = worths(&mut tx, who.org).await?;
    let page = window.page(rows, store::LinkRow::place);
    let records = page.items.into_iter().map(|row| row.link.into()).collect();
    let next = page.next_cursor.as_deref();
    Ok(shown::list_page(
        shell, &who, &NOUN, &asked, &counts, records, &worths, next,
    ))
}

pub async fn csv(
    Frame { who, .. }: Frame,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let filter = filter(&asked, &mut tx, who.org).await?;
    let rows = store::links(&mut tx, who.org, &filter, &Window::everything("name")).await?;
    let head = [
        "vendor",
        "external_id",
        "product",
        "sku",
        "state",
        "item",
        "item_name",
        "score",
        "reason",
    ];
    let mut file = CsvFile::new("product-mappings", &head)?;
    for row in rows {
        let link = row.link;
        file.row(&[
            link.vendor,
            link.external_id,
            link.product,
            link.sku,
            link.state,
            link.item_code.unwrap_or_default(),
            link.item_name.unwrap_or_default(),
            link.score.to_string(),
            link.reason,
        ])?;
    }
    file.into_response()
}

pub async fn record(
    frame: Frame,
    State(app): State<App>,
    Query(key): Query<Key>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(frame.who.org).await?;
    page(frame, &mut tx, key.connection, &key.external_id, None).await
}

async fn page(
    Frame { who, shell }: Frame,
    tx: &mut Tx,
    connection: ConnectionId,
    external_id: &str,
    refused: Option<(&Typed, &Fault)>,
) -> Result<Response, Fault> {
    let link = store::link(tx, who.org, connection, external_id).await?;
    let link = link.ok_or(Fault::NotFound("this record"))?;
    let past = decisions(tx, who.org, external_id).await?;
    let worths = worths(tx, who.org).await?;
    let items = store::active_items(tx, who.org).await?;
    let targets = items
        .into_iter()
        .map(|item| (item.code, item.name))
        .collect();
    Ok(shown::record_page(
        shell,
        &who,
        &NOUN,
        link.into(),
        &worths,
        targets,
        past,
        refused,
    ))
}

pub async fn decide_one(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let mut input = typed.input();
    if typed.state == "mapped" {
        input.item = Some(typed.target_key());
    }
    let mut tx = app.db.write(who.org).await?;
    let fault = match decide(&app, &who, &mut tx, &input).await {
        Ok(link) => {
            tx.commit().await?;
            return Ok(see_other(NOUN.path, &told(&link)));
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => fault,
        Err(other) => return Err(other),
    };
    let connection = typed.connection.parse();
    let connection = connection.map_err(|_| Fault::NotFound("this record"))?;
    let refused = Some((&typed, &fault));
    page(frame, &mut tx, connection, &typed.external_id, refused).await
}

fn told(link: &CatalogLink) -> Flash {
    let product = if link.product.is_empty() {
        &link.external_id
    } else {
        &link.product
    };
    Flash::done(match (link.state.as_str(), &link.item_name) {
        ("mapped", Some(item)) => format!("{product} is {item}."),
        ("ignored", _) => format!("{product} is ignored."),
        _ => format!("{product} is mapped to no item."),
    })
}

/// Accepts the ticked suggestions, each as it was seen.
pub async fn accept(
    who: May<Work>,
    State(app): State<App>,
    axum_extra::extract::Form(ticked): axum_extra::extract::Form<Ticked>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let accepted = accept_all(&app, &who, &mut tx, &ticked).await?;
    tx.commit().await?;
    let many = format::counted(accepted, "suggestion was", "suggestions were");
    let back = Href::to(NOUN.path).with("state", "suggested").to_string();
    Ok(see_other(&back, &Flash::done(format!("{many} accepted."))))
}

async fn accept_all(app: &App, who: &Who, tx: &mut Tx, ticked: &Ticked) -> Result<u64, Fault> {
    let mut accepted = 0;
    for (connection, version, external_id) in ticked.keys()? {
        let link = store::link(tx, who.org, connection, &external_id).await?;
        let item = link.and_then(|link| link.catalog_item_id);
        let item = item.ok_or_else(|| {
            Fault::conflict(
                "no_suggestion",
                "a ticked product has no suggestion any more",
            )
        })?;
        let input = LinkInput {
            connection: connection.to_string(),
            external_id,
            item: Some(item.to_string()),
            version: Some(version),
            ..LinkInput::default()
        };
        decide(app, who, tx, &input).await?;
        accepted += 1;
    }
    Ok(accepted)
}
