//! Products of vendors, which are items.

use crate::{
    app::App,
    db::{ConnectionId, OrgId, Tx},
    fault::Fault,
    features::{
        catalog::{
            item_named,
            links::{CatalogLink, decide},
            store::{self, LinkFilter, LinkRow},
        },
        clients::search_pattern,
        mappings::{
            LinkInput,
            pages::{Asked, Columns, Kind, Noun, Record},
        },
    },
    http::{Who, Window},
    paging::Page,
    ui::Nav,
};

pub struct Products;

impl From<CatalogLink> for Record {
    fn from(link: CatalogLink) -> Self {
        let about = [link.made_by, link.sku.clone()];
        let about = about.into_iter().filter(|text| !text.is_empty());
        Self {
            connection: link.connection_id,
            vendor: link.vendor,
            external_id: link.external_id,
            name: link.product,
            about: about.collect::<Vec<_>>().join(" · "),
            own_id: link.sku,
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

impl Kind for Products {
    const NOUN: &'static Noun = &Noun {
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
        columns: Columns {
            name: "product",
            own_id: "sku",
            target: "item",
        },
    };
    const FINDING: &'static str = "unmapped_product";

    async fn records(
        tx: &mut Tx,
        org: OrgId,
        asked: &Asked,
        window: &Window,
    ) -> Result<Page<Record>, Fault> {
        let item = match asked.item.as_str() {
            "" => None,
            name => {
                let item = item_named(tx, org, name).await?;
                Some(item.ok_or(Fault::NotFound("this catalog item"))?.id)
            }
        };
        let filter = LinkFilter {
            pattern: search_pattern(&asked.q),
            state: asked.state()?,
            connection: None,
            item,
        };
        let rows = store::links(tx, org, &filter, window).await?;
        Ok(window.page(rows, LinkRow::place).map(|row| row.link.into()))
    }

    async fn record(
        tx: &mut Tx,
        org: OrgId,
        connection: ConnectionId,
        external_id: &str,
    ) -> Result<Option<Record>, Fault> {
        let link = store::link(tx, org, connection, external_id).await?;
        Ok(link.map(Record::from))
    }

    async fn counts(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, i64)>, Fault> {
        Ok(store::link_states(tx, org).await?)
    }

    async fn targets(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, String)>, Fault> {
        let items = store::active_items(tx, org).await?.into_iter();
        Ok(items.map(|item| (item.code, item.name)).collect())
    }

    async fn decide(
        app: &App,
        who: &Who,
        tx: &mut Tx,
        input: LinkInput,
        target: Option<String>,
    ) -> Result<Record, Fault> {
        let input = LinkInput {
            item: target,
            ..input
        };
        Ok(decide(app, who, tx, &input).await?.into())
    }
}
