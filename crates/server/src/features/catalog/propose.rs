//! Proposals: which item a vendor product may be. They never commit themselves: a product's sku
//! is the vendor's word, not the MSP's.

use std::collections::HashMap;

use super::{
    CatalogItem,
    store::{self, OpenProduct},
};
use crate::{
    app::App,
    db::{CatalogItemId, Kind, OrgId, Tx, Upsert, Value, upsert},
    fault::Fault,
    features::clients::name_key,
};

const SAME_CODE: i64 = 95;
const CODE_IN_SKU: i64 = 80;
const SAME_NAME: i64 = 70;

/// Suggests an item for every product nobody decided about. Doing it again changes nothing. The
/// number of links that changed.
pub async fn propose_links(_app: &App, tx: &mut Tx, org: OrgId) -> Result<u64, Fault> {
    let products = store::open_products(tx, org).await?;
    if products.is_empty() {
        return Ok(0);
    }
    let items = store::active_items(tx, org).await?;
    let index = Index::of(&items);
    let rows = products.iter().filter_map(|product| {
        let guess = index.best(product);
        let state = guess.map_or("unmapped", |_| "suggested");
        let stays = product.state.as_deref() == Some(state)
            && product.catalog_item_id == guess.map(|guess| guess.0)
            && product.score == Some(guess.map_or(0, |guess| guess.1));
        (!stays).then(|| row(org, product, state, guess))
    });
    let rows = rows.collect();
    Ok(upsert(tx, &LINKS, rows).await?)
}

static LINKS: Upsert = Upsert {
    table: "catalog_link",
    columns: &[
        ("org_id", Kind::Uuid),
        ("connection_id", Kind::Uuid),
        ("external_id", Kind::Text),
        ("catalog_item_id", Kind::Uuid),
        ("state", Kind::Text),
        ("score", Kind::Int),
        ("reason", Kind::Text),
    ],
    key: &["org_id", "connection_id", "external_id"],
    update: &["catalog_item_id", "state", "score", "reason"],
    unless_equal: None,
};

type Guess = (CatalogItemId, i64);

fn row(org: OrgId, product: &OpenProduct, state: &str, guess: Option<Guess>) -> Vec<Value> {
    let reason = match guess.map(|guess| guess.1) {
        Some(SAME_CODE) => "the sku is the item's code",
        Some(CODE_IN_SKU) => "the sku ends with the item's code",
        Some(_) => "the same name but for case and punctuation",
        None => "",
    };
    vec![
        org.into(),
        product.connection_id.into(),
        product.external_id.as_str().into(),
        guess.map(|guess| guess.0).into(),
        state.into(),
        guess.map_or(0, |guess| guess.1).into(),
        reason.into(),
    ]
}

struct Index {
    by_code: HashMap<String, CatalogItemId>,
    /// None where two items share the name.
    by_name: HashMap<String, Option<CatalogItemId>>,
}

impl Index {
    fn of(items: &[CatalogItem]) -> Self {
        let mut index = Self {
            by_code: HashMap::new(),
            by_name: HashMap::new(),
        };
        for item in items {
            index.by_code.insert(item.code.to_lowercase(), item.id);
            index
                .by_name
                .entry(name_key(&item.name))
                .and_modify(|of| *of = None)
                .or_insert(Some(item.id));
        }
        index
    }

    fn best(&self, product: &OpenProduct) -> Option<Guess> {
        let sku = product.sku.trim().to_lowercase();
        if let Some(item) = self.by_code.get(&sku) {
            return Some((*item, SAME_CODE));
        }
        // Every end of the sku that begins after a separator: PAX-003-m365-bp, 003-m365-bp, …
        let ends = sku
            .char_indices()
            .filter(|(_, c)| matches!(c, '-' | '_' | ' ' | '/' | ':'))
            .filter_map(|(at, _)| sku.get(at + 1..));
        let by_sku = ends
            .filter(|end| end.len() >= 3)
            .find_map(|end| self.by_code.get(end));
        if let Some(item) = by_sku {
            return Some((*item, CODE_IN_SKU));
        }
        let item = self.by_name.get(&name_key(&product.name)).copied()??;
        Some((item, SAME_NAME))
    }
}
