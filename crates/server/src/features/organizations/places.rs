//! The organizations that somebody belongs to, of which their session is in one at a time.

use serde::Serialize;
use utoipa::ToSchema;

use super::store;
use crate::{
    app::App,
    db::{OrgId, Tx},
    fault::Fault,
    http::{Role, Who},
};

/// An organization of somebody's, and what they are in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Place {
    pub id: OrgId,
    pub name: String,
    pub slug: String,
    pub role: Role,
    /// Whether this session is in it.
    pub is_current: bool,
}

/// The organizations of `who`, by name.
pub async fn places(tx: &mut Tx, who: &Who) -> Result<Vec<Place>, Fault> {
    let rows = store::places(tx, who.person).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Place {
                id: row.id,
                name: row.name,
                slug: row.slug,
                role: row.role.parse()?,
                is_current: row.id == who.org,
            })
        })
        .collect()
}

/// Takes the session of `who` to another organization of theirs, from its next request on.
///
/// # Errors
/// [`Fault::NotFound`] when they do not belong to it, whether or not there is one.
pub async fn switch(app: &App, who: &Who, to: OrgId) -> Result<Place, Fault> {
    let mut tx = app.db.write_global().await?;
    let places = places(&mut tx, who).await?;
    let place = places.into_iter().find(|place| place.id == to);
    let mut place = place.ok_or(Fault::NotFound("this organization"))?;
    store::switch(&mut tx, who.session, to).await?;
    tx.commit().await?;
    place.is_current = true;
    Ok(place)
}

/// Another organization of theirs that holds the thing of an address, where theirs does not.
pub async fn holder_of(tx: &mut Tx, who: &Who, path: &str) -> Result<Option<Place>, Fault> {
    let Some(thing) = path.split('/').rev().find_map(id_in) else {
        return Ok(None);
    };
    for place in places(tx, who).await? {
        if place.is_current {
            continue;
        }
        tx.enter(place.id).await?;
        if store::holds(tx, place.id, thing).await? {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// The id in a part of an address, such as `cli_0190…`.
fn id_in(part: &str) -> Option<uuid::Uuid> {
    let (prefix, hex) = part.split_once('_')?;
    let looks_right = prefix.len() == 3 && hex.len() == 32;
    looks_right
        .then(|| uuid::Uuid::try_parse(hex).ok())
        .flatten()
}
