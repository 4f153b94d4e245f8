//! Creating and changing records, in the way that all kinds of them share.

use axum::body::Bytes;
use axum::extract::Path;
use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Failure;
use super::call::Call;
use super::write::write_all;
use crate::xero::input;
use crate::xero::ledger::Ledger;
use crate::xero::rules::{Complaints, Verb};

/// A kind of record that can be written several at once.
pub trait Resource {
    /// As the envelope and a single record are called.
    const PLURAL: &'static str;
    const SINGULAR: &'static str;
    const ID_FIELD: &'static str;
    type Key: Copy;
    type Input: DeserializeOwned;
    type Change;
    type Out<'a>: Serialize;

    /// The identifier of the record that an address names.
    fn named(ledger: &Ledger, name: &str) -> Result<Uuid, Failure>;

    fn prepare(
        call: &Call,
        ledger: &Ledger,
        input: &Self::Input,
        verb: Verb,
    ) -> Result<Self::Change, Complaints>;

    fn commit(call: &Call, ledger: &mut Ledger, change: Self::Change) -> Self::Key;

    /// The record in the reply to a write.
    fn show<'a>(call: &Call, ledger: &'a Ledger, key: Self::Key) -> Option<Self::Out<'a>>;
}

/// `PUT` on the list.
pub async fn create<R: Resource>(call: Call, body: Bytes) -> Result<Response, Failure> {
    write::<R>(&call, &elements::<R>(&body)?, Verb::Create)
}

/// `POST` on the list.
pub async fn upsert<R: Resource>(call: Call, body: Bytes) -> Result<Response, Failure> {
    write::<R>(&call, &elements::<R>(&body)?, Verb::Upsert)
}

/// `POST` on one record: the first element is meant, whatever identifier it holds.
pub async fn update<R: Resource>(
    call: Call,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, Failure> {
    let id = R::named(&*call.ledger()?, &name)?;
    let mut elements = elements::<R>(&body)?;
    elements.truncate(1);
    for element in &mut elements {
        if let Value::Object(map) = element {
            map.insert(R::ID_FIELD.to_owned(), json!(id));
        }
    }
    write::<R>(&call, &elements, Verb::Upsert)
}

fn bad<R: Resource>(bad: input::BadBody) -> Failure {
    Failure::from_body(bad, R::SINGULAR)
}

fn elements<R: Resource>(body: &[u8]) -> Result<Vec<Value>, Failure> {
    input::elements(body, R::PLURAL).map_err(bad::<R>)
}

fn write<R: Resource>(call: &Call, elements: &[Value], verb: Verb) -> Result<Response, Failure> {
    let mut ledger = call.ledger()?;
    let prepare = |ledger: &Ledger, element: &Value| {
        let input: R::Input = input::parse(element).map_err(bad::<R>)?;
        Ok(R::prepare(call, ledger, &input, verb))
    };
    let commit = |ledger: &mut Ledger, change| R::commit(call, ledger, change);
    let summarises = call.summarises_errors();
    let written = write_all(
        &mut ledger,
        elements,
        summarises,
        R::ID_FIELD,
        prepare,
        commit,
    )?;
    call.xero.announce(call.tenant, &mut ledger);
    let rows = written.into_iter();
    let rows = rows.filter_map(|written| written.row(|key| R::show(call, &ledger, key)));
    let rows: Vec<_> = rows.collect();
    call.reply(R::PLURAL, &rows, None)
}
