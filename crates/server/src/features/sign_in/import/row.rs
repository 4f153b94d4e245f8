//! One user of an export, checked.

use serde_json::{Map, Value};
use totp_rs::Secret;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Fate;
use crate::{
    db::{FactorId, PersonId},
    features::sign_in::{factors::Brought, hosted, normal_email},
};

/// As much as people may say of themselves here.
const LONGEST_METADATA: usize = 16 * 1024;
const LONGEST_NAME: usize = 200;
/// RFC 4226 asks for as many.
const SHORTEST_SECRET: usize = 16;

/// A row of the file, read or refused.
pub struct Row {
    pub number: u64,
    /// The address, or what stands in its place.
    pub who: String,
    pub read: Result<Person, Fate>,
}

impl Row {
    pub fn wrong(number: u64, why: &str) -> Self {
        Self {
            number,
            who: "?".to_owned(),
            read: Err(Fate::Wrong(why.to_owned())),
        }
    }
}

/// Somebody to bring over.
pub struct Person {
    pub id: PersonId,
    pub email: String,
    pub name: String,
    pub hash: Option<String>,
    /// JSON.
    pub metadata: String,
    pub factors: Vec<Brought>,
    /// What of them stays behind.
    pub left: Vec<String>,
}

type Fields = Map<String, Value>;

pub fn row(number: u64, fields: &Fields) -> Row {
    let who = text(fields, "email").or_else(|| text(fields, "id"));
    let who = who.unwrap_or("?").chars().filter(|c| !c.is_control());
    Row {
        number,
        who: who.take(254).collect(),
        read: person(fields),
    }
}

/// A word of the row; nothing where it is empty.
fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    let text = fields.get(name).and_then(Value::as_str)?;
    (!text.trim().is_empty()).then_some(text)
}

/// Both exports write yes in several ways.
fn says_yes(fields: &Fields, name: &str) -> bool {
    match fields.get(name) {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => matches!(text.as_str(), "t" | "true" | "TRUE"),
        _ => false,
    }
}

fn wrong(why: impl Into<String>) -> Fate {
    Fate::Wrong(why.into())
}

fn person(fields: &Fields) -> Result<Person, Fate> {
    passed_over(fields)?;
    let id = text(fields, "id").ok_or_else(|| wrong("there is no id"))?;
    let id = Uuid::try_parse(id).map_err(|_| wrong("the id is no UUID"))?;
    let email = text(fields, "email").ok_or_else(|| wrong("there is no e-mail address"))?;
    let email = normal_email(email).map_err(|fault| wrong(fault.to_string()))?;
    let given = structured(fields, "raw_user_meta_data")?;
    let given = match given {
        Value::Null => Map::new(),
        Value::Object(given) => given,
        _ => return Err(wrong("raw_user_meta_data is no object")),
    };
    let metadata = Value::Object(given.clone()).to_string();
    if metadata.len() > LONGEST_METADATA {
        return Err(wrong("raw_user_meta_data is longer than 16 kB"));
    }
    let name = ["name", "full_name"]
        .iter()
        .find_map(|key| text(&given, key));
    let mut left = Vec::new();
    Ok(Person {
        id: PersonId(id),
        email,
        name: name
            .unwrap_or_default()
            .trim()
            .chars()
            .take(LONGEST_NAME)
            .collect(),
        hash: hash(fields)?,
        metadata,
        factors: second_factors(fields, &mut left)?,
        left,
    })
}

/// Who does not sign in there does not sign in here.
fn passed_over(fields: &Fields) -> Result<(), Fate> {
    let why = if text(fields, "deleted_at").is_some() {
        "deleted there"
    } else if text(fields, "banned_until").is_some() {
        "banned there (banned_until is set)"
    } else if says_yes(fields, "is_anonymous") {
        "anonymous"
    } else if fields.contains_key("email_confirmed_at")
        && text(fields, "email_confirmed_at").is_none()
    {
        "the address was never confirmed"
    } else {
        return Ok(());
    };
    Err(Fate::PassedOver(why))
}

fn hash(fields: &Fields) -> Result<Option<String>, Fate> {
    let Some(hash) = text(fields, "encrypted_password") else {
        return Ok(None);
    };
    if hosted::is_usable(hash) {
        return Ok(Some(hash.to_owned()));
    }
    // Not repeated: it may be a password.
    Err(wrong(format!(
        "encrypted_password is no bcrypt hash of a cost up to {}",
        hosted::MOST_COST
    )))
}

/// JSON, or in CSV its text.
fn structured(fields: &Fields, name: &str) -> Result<Value, Fate> {
    match fields.get(name) {
        None => Ok(Value::Null),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(Value::Null),
        Some(Value::String(text)) => {
            serde_json::from_str(text).map_err(|_| wrong(format!("{name} is no JSON")))
        }
        Some(value) => Ok(value.clone()),
    }
}

/// Verified authenticator apps. Other kinds are bound to the other project and stay there.
fn second_factors(fields: &Fields, left: &mut Vec<String>) -> Result<Vec<Brought>, Fate> {
    let all = match structured(fields, "factors")? {
        Value::Null => return Ok(Vec::new()),
        Value::Array(all) => all,
        _ => return Err(wrong("factors is no array")),
    };
    let mut brought: Vec<Brought> = Vec::new();
    for (number, factor) in (1..).zip(&all) {
        let factor = factor.as_object();
        let factor = factor.ok_or_else(|| wrong(format!("factor {number} is no object")))?;
        if text(factor, "status") != Some("verified") {
            left.push(format!("factor {number}, which was never verified"));
            continue;
        }
        if text(factor, "factor_type") != Some("totp") {
            left.push(format!("factor {number}, which is no authenticator app"));
            continue;
        }
        let mut one = second_factor(number, factor)?;
        if brought.iter().any(|before| before.name == one.name) {
            let named = format!("{} {number}", one.name);
            one.name = String::from(named.trim());
        }
        brought.push(one);
    }
    Ok(brought)
}

fn second_factor(number: u32, factor: &Fields) -> Result<Brought, Fate> {
    let id = text(factor, "id").and_then(|id| Uuid::try_parse(id).ok());
    let id = id.ok_or_else(|| wrong(format!("factor {number} has no UUID as id")))?;
    let secret = text(factor, "secret").map(|secret| secret.trim_end_matches('='));
    let secret = secret.and_then(|secret| Secret::try_from_base32(secret).ok());
    let secret = secret.map(|secret| Zeroizing::new(secret.as_ref().to_vec()));
    let secret = secret.filter(|secret| secret.len() >= SHORTEST_SECRET);
    let secret = secret.ok_or_else(|| {
        wrong(format!(
            "factor {number} has no secret of at least 16 bytes in base 32"
        ))
    })?;
    let name = text(factor, "friendly_name").unwrap_or_default();
    Ok(Brought {
        id: FactorId(id),
        name: name.trim().chars().take(LONGEST_NAME).collect(),
        secret,
    })
}
