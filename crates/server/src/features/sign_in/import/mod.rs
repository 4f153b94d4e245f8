//! People of a hosted Supabase project, brought over with their ids, passwords and second factors:
//! all or, when a row is wrong, nobody.

mod read;
mod row;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use read::read;
pub use row::{Person, Row};

use super::{factors, store};
use crate::{
    app::App,
    db::{OrgId, Tx},
    fault::Fault,
    http::Role,
};

/// What becomes, or would become, of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// A new person: with a password, and so many second factors.
    New {
        password: bool,
        factors: usize,
    },
    /// Here already under the same id and address; nothing of theirs is changed.
    Here,
    /// Nobody who signs in: the reason.
    PassedOver(&'static str),
    Wrong(String),
}

/// A row with its fate.
#[derive(Debug)]
pub struct Line {
    /// Its place in the file: a line of CSV, an element of JSON.
    pub number: u64,
    pub who: String,
    pub fate: Fate,
    /// What of the person stays behind.
    pub left: Vec<String>,
}

/// Writes everybody who is new. The caller commits only if no line is [`Fate::Wrong`]; a preview
/// never does.
pub async fn bring(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    role: Role,
    rows: Vec<Row>,
) -> Result<Vec<Line>, Fault> {
    let mut lines = Vec::with_capacity(rows.len());
    let mut seen = HashMap::new();
    for row in rows {
        let (fate, left) = match row.read {
            Err(fate) => (fate, Vec::new()),
            Ok(person) => {
                let fate = match twice(&mut seen, row.number, &person) {
                    Some(fate) => fate,
                    None => bring_one(app, tx, org, role, &person).await?,
                };
                (fate, person.left)
            }
        };
        lines.push(Line {
            number: row.number,
            who: row.who,
            fate,
            left,
        });
    }
    Ok(lines)
}

/// That an id or an address stands in the file before.
fn twice(seen: &mut HashMap<String, u64>, number: u64, person: &Person) -> Option<Fate> {
    let mut ids = vec![person.id.to_string(), person.email.clone()];
    ids.extend(person.factors.iter().map(|factor| factor.id.to_string()));
    for id in ids {
        if let Some(before) = seen.insert(id.clone(), number) {
            let said = format!("{id} stands in row {before} as well");
            return Some(Fate::Wrong(said));
        }
    }
    None
}

async fn bring_one(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    role: Role,
    person: &Person,
) -> Result<Fate, Fault> {
    let known = store::import::known(tx, person.id, &person.email).await?;
    if let Some(known) = known.first() {
        if known.id == person.id && known.email == person.email {
            return Ok(Fate::Here);
        }
        return Ok(Fate::Wrong(format!(
            "{} is here already, with the id {}",
            known.email, known.id
        )));
    }
    for factor in &person.factors {
        if store::import::factor_is_known(tx, factor.id).await? {
            return Ok(Fate::Wrong(format!(
                "the factor {} is here already, of somebody else",
                factor.id
            )));
        }
    }
    let (now, hash) = (app.now(), person.hash.as_deref());
    store::insert_person(tx, person.id, &person.email, &person.name, hash, now).await?;
    store::wire::set_metadata(tx, person.id, &person.metadata, now).await?;
    for factor in &person.factors {
        factors::bring(app, tx, person.id, factor).await?;
    }
    store::insert_membership(tx, org, person.id, role, now).await?;
    Ok(Fate::New {
        password: hash.is_some(),
        factors: person.factors.len(),
    })
}
