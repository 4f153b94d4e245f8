//! What differs between mapping companies and mapping products.

use super::{Asked, Record};
use crate::{
    app::App,
    db::{ConnectionId, OrgId, Tx},
    fault::Fault,
    features::mappings::LinkInput,
    http::{Who, Window},
    paging::Page,
    ui::Nav,
};

/// Whose records are mapped to what.
pub trait Kind: 'static {
    const NOUN: &'static Noun;
    /// The kind of finding that says what an unmapped record is worth.
    const FINDING: &'static str;

    fn records(
        tx: &mut Tx,
        org: OrgId,
        asked: &Asked,
        window: &Window,
    ) -> impl Future<Output = Result<Page<Record>, Fault>> + Send;

    fn record(
        tx: &mut Tx,
        org: OrgId,
        connection: ConnectionId,
        external_id: &str,
    ) -> impl Future<Output = Result<Option<Record>, Fault>> + Send;

    /// How many records are in each state.
    fn counts(
        tx: &mut Tx,
        org: OrgId,
    ) -> impl Future<Output = Result<Vec<(String, i64)>, Fault>> + Send;

    /// Key and name of everything a record may be mapped to.
    fn targets(
        tx: &mut Tx,
        org: OrgId,
    ) -> impl Future<Output = Result<Vec<(String, String)>, Fault>> + Send;

    /// Decides about the record that `input` names; `target` is a key.
    fn decide(
        app: &App,
        who: &Who,
        tx: &mut Tx,
        input: LinkInput,
        target: Option<String>,
    ) -> impl Future<Output = Result<Record, Fault>> + Send;
}

/// Its words.
pub struct Noun {
    pub path: &'static str,
    pub nav: Nav,
    pub title: &'static str,
    pub lead: &'static str,
    /// A record of the vendor: company, product.
    pub record: &'static str,
    pub records: &'static str,
    /// What it is mapped to: client, item.
    pub target: &'static str,
    pub target_hint: &'static str,
    /// Where one makes a target that is not there yet.
    pub create: &'static str,
    pub nothing: &'static str,
    pub columns: Columns,
}

/// How columns of the CSV file are called.
pub struct Columns {
    pub name: &'static str,
    pub own_id: &'static str,
    pub target: &'static str,
}
