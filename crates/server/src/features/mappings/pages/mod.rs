//! Client mappings.

pub mod shown;

use axum::{
    Form,
    extract::{Query, State},
    response::Response,
};

use super::{
    ClientLink, decide,
    store::{self, LinkFilter},
};
use crate::{
    app::App,
    db::{ConnectionId, OrgId, Tx},
    fault::Fault,
    features::{
        clients::{self, search_pattern},
        home::Frame,
    },
    http::{CsvFile, May, Who, Window, Work},
    ui::{Flash, Href, Nav, View, format, see_other},
};
use shown::{Asked, Key, ListPage, Noun, Record, Ticked, Typed, Worths};

static NOUN: Noun = Noun {
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
};

impl From<ClientLink> for Record {
    fn from(link: ClientLink) -> Self {
        let about = [link.own_ref, link.web_domain, link.email_domain];
        Self {
            connection: link.connection_id,
            vendor: link.vendor,
            external_id: link.external_id,
            name: link.company,
            about: about.into_iter().flatten().collect::<Vec<_>>().join(" · "),
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

async fn filter(asked: &Asked, tx: &mut Tx, org: OrgId) -> Result<LinkFilter, Fault> {
    let client = match asked.client.as_str() {
        "" => None,
        name => {
            let client = clients::client_named(tx, org, name).await?;
            Some(client.ok_or(Fault::NotFound("this client"))?.id)
        }
    };
    Ok(LinkFilter {
        pattern: search_pattern(&asked.q),
        state: asked.state()?,
        connection: None,
        client,
    })
}

async fn worths(tx: &mut Tx, org: OrgId) -> Result<Worths, Fault> {
    Ok(Worths::of(store::worth(tx, org, "unmapped_company").await?))
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
    let counts = store::states(&mut tx, who.org).await?;
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
        "company",
        "state",
        "client",
        "client_name",
        "score",
        "reason",
    ];
    let mut file = CsvFile::new("client-mappings", &head)?;
    for row in rows {
        let link = row.link;
        file.row(&[
            link.vendor,
            link.external_id,
            link.company,
            link.state,
            link.client_reference.unwrap_or_default(),
            link.client_name.unwrap_or_default(),
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
    let past = store::decisions(tx, who.org, external_id).await?;
    let worths = worths(tx, who.org).await?;
    let known = store::known_clients(tx, who.org).await?;
    let targets = known
        .into_iter()
        .map(|client| (client.reference, client.name))
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
        input.client = Some(typed.target_key());
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

fn told(link: &ClientLink) -> Flash {
    let company = if link.company.is_empty() {
        &link.external_id
    } else {
        &link.company
    };
    Flash::done(match (link.state.as_str(), &link.client_name) {
        ("mapped", Some(client)) => format!("{company} is mapped to {client}."),
        ("ignored", _) => format!("{company} is ignored."),
        _ => format!("{company} is mapped to nobody."),
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
        let client = link.and_then(|link| link.client_id);
        let client = client.ok_or_else(|| {
            Fault::conflict(
                "no_suggestion",
                "a ticked record has no suggestion any more",
            )
        })?;
        let input = super::LinkInput {
            connection: connection.to_string(),
            external_id,
            client: Some(client.to_string()),
            version: Some(version),
            ..super::LinkInput::default()
        };
        decide(app, who, tx, &input).await?;
        accepted += 1;
    }
    Ok(accepted)
}
