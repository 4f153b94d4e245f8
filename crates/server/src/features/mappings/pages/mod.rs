//! The two mapping pages, companies and products, as one: what differs is a [`Kind`].

mod clients;
mod kind;
mod shown;

use axum::{
    Form,
    extract::{Query, State},
    response::Response,
};

pub use clients::Clients;
pub use kind::{Columns, Kind, Noun};
pub use shown::{Asked, Record};

use super::{LinkInput, store};
use crate::{
    app::App,
    db::{OrgId, Tx},
    fault::Fault,
    features::home::Frame,
    http::{CsvFile, May, Who, Window, Work},
    ui::{Flash, Href, View, format, see_other},
};
use shown::{Key, ListPage, Ticked, Typed, Worths};

async fn worths<K: Kind>(tx: &mut Tx, org: OrgId) -> Result<Worths, Fault> {
    Ok(Worths::of(store::worth(tx, org, K::FINDING).await?))
}

pub async fn list<K: Kind>(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<View<ListPage>, Fault> {
    let window = asked.paging.window("name")?;
    let mut tx = app.db.read(who.org).await?;
    let page = K::records(&mut tx, who.org, &asked, &window).await?;
    let counts = K::counts(&mut tx, who.org).await?;
    let worths = worths::<K>(&mut tx, who.org).await?;
    Ok(shown::list_page(
        shell,
        &who,
        K::NOUN,
        &asked,
        &counts,
        page,
        &worths,
    ))
}

pub async fn csv<K: Kind>(
    Frame { who, .. }: Frame,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let page = K::records(&mut tx, who.org, &asked, &Window::everything("name")).await?;
    let noun = K::NOUN;
    let target_name = format!("{}_name", noun.columns.target);
    let mut file = CsvFile::new(
        noun.path.trim_start_matches('/'),
        &[
            "vendor",
            "external_id",
            noun.columns.name,
            noun.columns.own_id,
            "state",
            noun.columns.target,
            &target_name,
            "score",
            "reason",
        ],
    )?;
    for record in page.items {
        file.row(&[
            record.vendor,
            record.external_id,
            record.name,
            record.own_id,
            record.state,
            record.target_key.unwrap_or_default(),
            record.target.unwrap_or_default(),
            record.score.to_string(),
            record.reason,
        ])?;
    }
    file.into_response()
}

pub async fn record<K: Kind>(
    frame: Frame,
    State(app): State<App>,
    Query(key): Query<Key>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(frame.who.org).await?;
    page::<K>(frame, &mut tx, &key, None).await
}

async fn page<K: Kind>(
    Frame { who, shell }: Frame,
    tx: &mut Tx,
    key: &Key,
    refused: Option<(&Typed, &Fault)>,
) -> Result<Response, Fault> {
    let record = K::record(tx, who.org, key.connection, &key.external_id).await?;
    let record = record.ok_or(Fault::NotFound("this record"))?;
    let past = store::decisions(tx, who.org, &key.external_id).await?;
    let worths = worths::<K>(tx, who.org).await?;
    let targets = K::targets(tx, who.org).await?;
    Ok(shown::record_page(
        shell,
        &who,
        K::NOUN,
        record,
        &worths,
        targets,
        past,
        refused,
    ))
}

pub async fn decide_one<K: Kind>(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let decided = K::decide(&app, &who, &mut tx, typed.input(), typed.target_key()).await;
    let fault = match decided {
        Ok(record) => {
            tx.commit().await?;
            return Ok(see_other(K::NOUN.path, &told(&record)));
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => fault,
        Err(other) => return Err(other),
    };
    page::<K>(frame, &mut tx, &typed.key()?, Some((&typed, &fault))).await
}

fn told(record: &Record) -> Flash {
    let name = record.title();
    Flash::done(match (record.state.as_str(), &record.target) {
        ("mapped", Some(target)) => format!("{name} is mapped to {target}."),
        ("ignored", _) => format!("{name} is ignored."),
        _ => format!("{name} is not mapped."),
    })
}

/// Accepts the ticked suggestions, each as it was seen.
pub async fn accept<K: Kind>(
    who: May<Work>,
    State(app): State<App>,
    axum_extra::extract::Form(ticked): axum_extra::extract::Form<Ticked>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let accepted = accept_all::<K>(&app, &who, &mut tx, &ticked).await?;
    tx.commit().await?;
    let many = format::counted(accepted, "suggestion was", "suggestions were");
    let back = Href::to(K::NOUN.path)
        .with("state", "suggested")
        .to_string();
    Ok(see_other(&back, &Flash::done(format!("{many} accepted."))))
}

async fn accept_all<K: Kind>(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    ticked: &Ticked,
) -> Result<u64, Fault> {
    let mut accepted = 0;
    for (connection, version, external_id) in ticked.keys()? {
        let record = K::record(tx, who.org, connection, &external_id).await?;
        let target = record.and_then(|record| record.target_key);
        let target = target.ok_or_else(|| {
            Fault::conflict(
                "no_suggestion",
                "a ticked record has no suggestion any more",
            )
        })?;
        let input = LinkInput {
            connection: connection.to_string(),
            external_id,
            version: Some(version),
            ..LinkInput::default()
        };
        K::decide(app, who, tx, input, Some(target)).await?;
        accepted += 1;
    }
    Ok(accepted)
}
