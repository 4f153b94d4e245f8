//! What an authenticator says with each act: for which relying party, whether the person was there
//! and recognised, how often it has signed, and at registration its new key.

use ring::digest::{SHA256, digest};

use super::{Flaw, cbor, key::PublicKey};

const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const MAY_BE_COPIED: u8 = 1 << 3;
const IS_COPIED: u8 = 1 << 4;
const HAS_KEY: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

/// WebAuthn's limit of a credential's id.
const LONGEST_ID: usize = 1023;

#[derive(Debug)]
pub struct Statement {
    /// How often the key has signed; always 0 where the device does not count.
    pub count: u32,
    /// Whether the key is in a person's account and not in one device alone.
    pub is_synced: bool,
    /// The new key, at registration only.
    pub new: Option<NewKey>,
}

#[derive(Debug)]
pub struct NewKey {
    pub credential: Vec<u8>,
    /// COSE, as it will be stored.
    pub cose: Vec<u8>,
}

/// Reads a statement and refuses one for another party, or without the person.
pub fn read(bytes: &[u8], rp_id: &str) -> Result<Statement, Flaw> {
    let (party, rest) = split(bytes, 32)?;
    if party != digest(&SHA256, rp_id.as_bytes()).as_ref() {
        return Err(Flaw::Party);
    }
    let (flags, rest) = split(rest, 1)?;
    let flags = flags.first().copied().unwrap_or_default();
    let has = |flag: u8| flags & flag != 0;
    if !has(PRESENT) || !has(VERIFIED) {
        return Err(Flaw::Unverified);
    }
    if has(IS_COPIED) && !has(MAY_BE_COPIED) {
        return Err(Flaw::Shape);
    }
    let (count, mut rest) = split(rest, 4)?;
    let count = <[u8; 4]>::try_from(count).map_err(|_| Flaw::Shape)?;
    let mut new = None;
    if has(HAS_KEY) {
        let (found, after) = new_key(rest)?;
        (new, rest) = (Some(found), after);
    }
    if has(HAS_EXTENSIONS) {
        (_, rest) = cbor::read(rest).map_err(|_| Flaw::Shape)?;
    }
    if !rest.is_empty() {
        return Err(Flaw::Shape);
    }
    Ok(Statement {
        count: u32::from_be_bytes(count),
        is_synced: has(IS_COPIED),
        new,
    })
}

fn split(bytes: &[u8], at: usize) -> Result<(&[u8], &[u8]), Flaw> {
    bytes.split_at_checked(at).ok_or(Flaw::Shape)
}

fn new_key(bytes: &[u8]) -> Result<(NewKey, &[u8]), Flaw> {
    // The model of the device; without an attestation it proves nothing.
    let (_, rest) = split(bytes, 16)?;
    let (length, rest) = split(rest, 2)?;
    let length = <[u8; 2]>::try_from(length).map_err(|_| Flaw::Shape)?;
    let length = usize::from(u16::from_be_bytes(length));
    if length == 0 || length > LONGEST_ID {
        return Err(Flaw::Shape);
    }
    let (credential, key) = split(rest, length)?;
    let (map, after) = cbor::read(key).map_err(|_| Flaw::Key)?;
    PublicKey::of(&map)?;
    let (cose, _) = split(key, key.len() - after.len())?;
    let new = NewKey {
        credential: credential.to_vec(),
        cose: cose.to_vec(),
    };
    Ok((new, after))
}
