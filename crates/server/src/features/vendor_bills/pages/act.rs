//! A person's word on what replaces a credited bill.

use axum::{
    Form,
    extract::{Path, Query, State as Shared},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{LIST, detail};
use crate::{
    app::App,
    db::VendorBillId,
    fault::Fault,
    features::{
        home::Frame,
        vendor_bills::{self, PickInput, api::parse},
    },
    http::{May, Work, done},
    ui::{Flash, address},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    replacement: String,
}

pub async fn pick(
    Frame { shell, .. }: Frame,
    who: May<Work>,
    Shared(app): Shared<App>,
    Path(id): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let mut tx = app.db.write(who.org).await?;
    let picked: Option<VendorBillId> = chosen.replacement.parse().ok();
    let outcome = match picked {
        Some(replacement) => {
            let input = PickInput {
                replacement: Some(replacement),
                seen: None,
            };
            vendor_bills::pick(&app, &who, &mut tx, id, &input).await
        }
        None => Err(Fault::field("replacement", "choose one of the bills")),
    };
    match (outcome, picked) {
        (Ok(()), Some(picked)) => {
            tx.commit().await?;
            let undo = address(
                &format!("{LIST}/{id}/replacement/undo"),
                &[("seen", &picked.to_string())],
            );
            let flash = Flash::done("Picked. The month is compared anew.").undo(undo);
            Ok(done(&format!("{LIST}/{id}"), &flash))
        }
        (Ok(()), None) => Err(Fault::NotFound("this bill")),
        (Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })), _) => {
            let found = vendor_bills::detail(&mut tx, who.org, id).await?;
            let page = detail::page(shell, &who, &found, &detail::Asked::default(), Some(&fault));
            Ok((fault.status(), page).into_response())
        }
        (Err(fault), _) => Err(fault),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Seen {
    seen: String,
}

pub async fn undo(
    who: May<Work>,
    Shared(app): Shared<App>,
    Path(id): Path<String>,
    Query(seen): Query<Seen>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let input = PickInput {
        replacement: None,
        seen: seen.seen.parse().ok(),
    };
    let mut tx = app.db.write(who.org).await?;
    vendor_bills::pick(&app, &who, &mut tx, id, &input).await?;
    tx.commit().await?;
    let flash = Flash::done("Taken back.");
    Ok(done(&format!("{LIST}/{id}"), &flash))
}
