//! Whether what a browser brings is a true registration or sign-in (WebAuthn Level 3, sections 7.1
//! and 7.2). Pure: no clock, no database.

mod authenticator;
mod cbor;
mod key;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

pub use authenticator::NewKey;
pub use key::ALGORITHMS;
use key::PublicKey;

/// What is wrong with what a browser brought. For the log; a person hears one sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("it cannot be read")]
    Shape,
    #[error("it is about another act or another challenge")]
    Challenge,
    #[error("it was made for another site")]
    Origin,
    #[error("it was made for another relying party")]
    Party,
    #[error("the device did not verify the person")]
    Unverified,
    #[error("its key is of no kind we know")]
    Key,
    #[error("its signature is not by the passkey")]
    Signature,
    #[error("it names another account")]
    Account,
}

/// For whom passkeys are made.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    pub rp_id: &'a str,
    pub origins: &'a [String],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Create,
    Get,
}

/// What the browser itself says of the act.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// A registration as `PublicKeyCredential.toJSON()` writes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    id: String,
    r#type: String,
    response: AttestationResponse,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AttestationResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    attestation_object: String,
}

/// A sign-in as `PublicKeyCredential.toJSON()` writes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assertion {
    id: String,
    r#type: String,
    response: AssertionResponse,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssertionResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
    #[serde(default)]
    user_handle: Option<String>,
}

/// A true registration.
#[derive(Debug)]
pub struct Registered {
    pub key: NewKey,
    pub count: u32,
    pub is_synced: bool,
}

/// A true sign-in; whether its counter went forward is for whoever knows the last one.
#[derive(Debug)]
pub struct Shown {
    pub count: u32,
    pub is_synced: bool,
}

pub fn registration(
    party: Party<'_>,
    challenge: &[u8],
    brought: &Registration,
) -> Result<Registered, Flaw> {
    if brought.r#type != "public-key" {
        return Err(Flaw::Shape);
    }
    let client_data = bytes(&brought.response.client_data)?;
    check_client(&client_data, Act::Create, challenge, party.origins)?;
    let object = bytes(&brought.response.attestation_object)?;
    // No statement about the device's make is asked for, and none is believed.
    let (object, rest) = cbor::read(&object).map_err(|_| Flaw::Shape)?;
    let data = object.named("authData").and_then(cbor::Value::bytes);
    let data = data.filter(|_| rest.is_empty()).ok_or(Flaw::Shape)?;
    let statement = authenticator::read(data, party.rp_id)?;
    let key = statement.new.ok_or(Flaw::Shape)?;
    if key.credential != bytes(&brought.id)? {
        return Err(Flaw::Shape);
    }
    Ok(Registered {
        key,
        count: statement.count,
        is_synced: statement.is_synced,
    })
}

impl Assertion {
    /// By which the passkey is found.
    pub fn credential(&self) -> Result<Vec<u8>, Flaw> {
        bytes(&self.id)
    }
}

/// `handle` is what the passkey was told of its account.
pub fn assertion(
    party: Party<'_>,
    challenge: &[u8],
    cose: &[u8],
    handle: &str,
    brought: &Assertion,
) -> Result<Shown, Flaw> {
    if brought.r#type != "public-key" {
        return Err(Flaw::Shape);
    }
    let told = brought
        .response
        .user_handle
        .as_deref()
        .ok_or(Flaw::Account)?;
    if bytes(told)? != handle.as_bytes() {
        return Err(Flaw::Account);
    }
    let client_data = bytes(&brought.response.client_data)?;
    check_client(&client_data, Act::Get, challenge, party.origins)?;
    let mut signed = bytes(&brought.response.authenticator_data)?;
    let statement = authenticator::read(&signed, party.rp_id)?;
    signed.extend(digest(&SHA256, &client_data).as_ref());
    let signature = bytes(&brought.response.signature)?;
    PublicKey::read(cose)?.check(&signed, &signature)?;
    Ok(Shown {
        count: statement.count,
        is_synced: statement.is_synced,
    })
}

fn check_client(bytes: &[u8], act: Act, challenge: &[u8], origins: &[String]) -> Result<(), Flaw> {
    let data: ClientData = serde_json::from_slice(bytes).map_err(|_| Flaw::Shape)?;
    let wanted = match act {
        Act::Create => "webauthn.create",
        Act::Get => "webauthn.get",
    };
    let answered = self::bytes(&data.challenge)?;
    if data.r#type != wanted || !bool::from(answered.ct_eq(challenge)) {
        return Err(Flaw::Challenge);
    }
    // A frame in another site's page is another site, whatever it shows.
    if data.cross_origin || !origins.contains(&data.origin) {
        return Err(Flaw::Origin);
    }
    Ok(())
}

fn bytes(text: &str) -> Result<Vec<u8>, Flaw> {
    BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| Flaw::Shape)
}
