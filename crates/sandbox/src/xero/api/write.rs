//! Writing several records in one request.
//!
//! By default one refused record refuses the request and nothing is written. With
//! `summarizeErrors=false` each record has its own verdict, and the reply is 200 all the same.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Failure;
use crate::xero::ledger::Ledger;
use crate::xero::rules::Complaints;

/// A record of the reply: written, or refused and echoed.
pub enum Written<K> {
    Done(K),
    Refused(Value),
}

/// Runs `prepare` and `commit` over the records. `id_field` names the identifier in the echo.
pub fn write_all<P, K>(
    ledger: &mut Ledger,
    elements: &[Value],
    summarises: bool,
    id_field: &str,
    prepare: impl Fn(&Ledger, &Value) -> Result<Result<P, Complaints>, Failure>,
    mut commit: impl FnMut(&mut Ledger, P) -> K,
) -> Result<Vec<Written<K>>, Failure> {
    if summarises {
        refuse_all(ledger, elements, id_field, &prepare)?;
    }
    let mut written = Vec::with_capacity(elements.len());
    for element in elements {
        // Again, because the records before it may have changed the books.
        match prepare(ledger, element)? {
            Ok(change) => written.push(Written::Done(commit(ledger, change))),
            Err(complaints) if summarises => {
                return Err(Failure::Invalid(vec![echo(element, &complaints, id_field)]));
            }
            Err(complaints) => {
                let mut refused = echo(element, &complaints, id_field);
                if let Value::Object(map) = &mut refused {
                    map.insert("StatusAttributeString".to_owned(), json!("ERROR"));
                    map.insert("HasErrors".to_owned(), json!(true));
                }
                written.push(Written::Refused(refused));
            }
        }
    }
    Ok(written)
}

fn refuse_all<P>(
    ledger: &Ledger,
    elements: &[Value],
    id_field: &str,
    prepare: &impl Fn(&Ledger, &Value) -> Result<Result<P, Complaints>, Failure>,
) -> Result<(), Failure> {
    let mut refused = Vec::new();
    for element in elements {
        if let Err(complaints) = prepare(ledger, element)? {
            refused.push(echo(element, &complaints, id_field));
        }
    }
    if refused.is_empty() {
        Ok(())
    } else {
        Err(Failure::Invalid(refused))
    }
}

/// The record as it was sent, with what is wrong with it.
fn echo(element: &Value, complaints: &[String], id_field: &str) -> Value {
    let mut map = match element {
        Value::Object(map) => map.clone(),
        _ => Map::new(),
    };
    map.entry(id_field)
        .or_insert_with(|| json!("00000000-0000-0000-0000-000000000000"));
    let complaints: Vec<Value> = complaints
        .iter()
        .map(|complaint| json!({ "Message": complaint }))
        .collect();
    map.insert("ValidationErrors".to_owned(), Value::Array(complaints));
    Value::Object(map)
}

/// A row of the reply to a write.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Row<T> {
    Done(T),
    Refused(Value),
}

impl<K> Written<K> {
    pub fn row<T>(self, show: impl FnOnce(K) -> Option<T>) -> Option<Row<T>> {
        match self {
            Self::Done(key) => show(key).map(Row::Done),
            Self::Refused(value) => Some(Row::Refused(value)),
        }
    }
}
