//! Companies of vendors, which are clients.

use super::{Asked, Columns, Kind, Noun, Record};
use crate::{
    app::App,
    db::{ConnectionId, OrgId, Tx},
    fault::Fault,
    features::{
        clients::{self, search_pattern},
        mappings::{
            ClientLink, LinkInput, decide,
            store::{self, LinkFilter, LinkRow},
        },
    },
    http::{Who, Window},
    paging::Page,
    ui::Nav,
};

pub struct Clients;

impl From<ClientLink> for Record {
    fn from(link: ClientLink) -> Self {
        let own_id = link.own_ref.unwrap_or_default();
        let about = [Some(own_id.clone()), link.web_domain, link.email_domain];
        let about = about.into_iter().flatten().filter(|text| !text.is_empty());
        Self {
            connection: link.connection_id,
            vendor: link.vendor,
            external_id: link.external_id,
            name: link.company,
            about: about.collect::<Vec<_>>().join(" · "),
            own_id,
            state: link.state,
            target: link.client_name,
            target_key: link.client_reference,
            target_href: link.client_id.map(|id| format!("/clients/{id}")),
            score: link.score,
            reason: link.reason,
            version: link.version,
            is_gone: link.is_gone,
        }
    }
}

impl Kind for Clients {
    const NOUN: &'static Noun = &Noun {
        path: "/client-mappings",
        nav: Nav::ClientMappings,
        title: "Client mappings",
        lead: "Which vendor record is which client. A name alone never decides: two clients may share one.",
        record: "record",
        records: "records",
        target: "Client",
        target_hint: "Type a reference or part of a name.",
        create: "/clients/create",
        nothing: "Companies appear here after the first sync of a source.",
        columns: Columns {
            name: "company",
            own_id: "own_id",
            target: "client",
        },
    };
    const FINDING: &'static str = "unmapped_company";

    async fn records(
        tx: &mut Tx,
        org: OrgId,
        asked: &Asked,
        window: &Window,
    ) -> Result<Page<Record>, Fault> {
        let client = match asked.client.as_str() {
            "" => None,
            name => {
                let client = clients::client_named(tx, org, name).await?;
                Some(client.ok_or(Fault::NotFound("this client"))?.id)
            }
        };
        let filter = LinkFilter {
            pattern: search_pattern(&asked.q),
            state: asked.state()?,
            connection: None,
            client,
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
        Ok(store::states(tx, org).await?)
    }

    async fn targets(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, String)>, Fault> {
        let known = store::known_clients(tx, org).await?.into_iter();
        Ok(known
            .map(|client| (client.reference, client.name))
            .collect())
    }

    async fn decide(
        app: &App,
        who: &Who,
        tx: &mut Tx,
        input: LinkInput,
        target: Option<String>,
    ) -> Result<Record, Fault> {
        let input = LinkInput {
            client: target,
            ..input
        };
        Ok(decide(app, who, tx, &input).await?.into())
    }
}
