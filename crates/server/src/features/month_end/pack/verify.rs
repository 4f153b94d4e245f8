//! Checking a pack without the server that made it: its signature, every file, and every line of
//! every invoice from its own explanation.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _},
};

use billing::explanation::Explanation;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::Value;
use zip::ZipArchive;

use super::seal::{Claims, MANIFEST, Manifest, SIGNATURE, fingerprint, hex_of};
use crate::http::tokens;

/// A single file of a pack is never larger.
const LARGEST: u64 = 256 * 1024 * 1024;

/// What was looked at, and all that is wrong.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub month: String,
    pub organization: String,
    pub fingerprint: String,
    pub files: usize,
    pub invoices: usize,
    pub lines: usize,
    /// Each as a sentence.
    pub wrong: Vec<String>,
}

impl Verdict {
    fn wrong(&mut self, what: impl Into<String>) {
        self.wrong.push(what.into());
    }
}

/// Checks the bytes of an archive; `key` is the fingerprint it must be signed by.
pub fn verify(archive: &[u8], key: Option<&str>) -> Verdict {
    let mut verdict = Verdict::default();
    let files = match unpacked(archive) {
        Ok(files) => files,
        Err(why) => {
            verdict.wrong(format!("this is no evidence pack: {why}"));
            return verdict;
        }
    };
    let Some((manifest, bytes)) = manifest(&files) else {
        verdict.wrong("there is no manifest that can be read");
        return verdict;
    };
    verdict.month.clone_from(&manifest.month);
    verdict.organization.clone_from(&manifest.organization);
    signature(&mut verdict, &files, (&manifest, bytes), key);
    listed(&mut verdict, &files, &manifest);
    for (name, bytes) in &files {
        let as_data = name.strip_prefix("invoices/");
        if as_data.is_some_and(|name| name.strip_suffix(".json").is_some()) {
            invoice(&mut verdict, name, bytes);
        }
    }
    verdict
}

type Unpacked = BTreeMap<String, Vec<u8>>;

fn unpacked(archive: &[u8]) -> Result<Unpacked, String> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).map_err(|error| error.to_string())?;
    let mut files = Unpacked::new();
    for place in 0..zip.len() {
        let file = zip.by_index(place).map_err(|error| error.to_string())?;
        let name = file.name().map_err(|error| error.to_string())?.into_owned();
        let mut bytes = Vec::new();
        let read = file.take(LARGEST).read_to_end(&mut bytes);
        read.map_err(|error| format!("{name}: {error}"))?;
        if files.insert(name.clone(), bytes).is_some() {
            return Err(format!("{name} is in it twice"));
        }
    }
    Ok(files)
}

fn manifest(files: &Unpacked) -> Option<(Manifest, &[u8])> {
    let bytes = files.get(MANIFEST)?;
    Some((serde_json::from_slice(bytes).ok()?, bytes))
}

fn signature(
    verdict: &mut Verdict,
    files: &Unpacked,
    (manifest, bytes): (&Manifest, &[u8]),
    wanted: Option<&str>,
) {
    tokens::install();
    let public = hex::decode(&manifest.public_key).unwrap_or_default();
    verdict.fingerprint = fingerprint(&public);
    if wanted.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&verdict.fingerprint)) {
        verdict.wrong(format!(
            "it is signed by another key than you asked for: {}",
            verdict.fingerprint
        ));
    }
    let token = files
        .get(SIGNATURE)
        .and_then(|bytes| std::str::from_utf8(bytes).ok());
    let mut rules = Validation::new(Algorithm::ES256);
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    rules.validate_aud = false;
    let key = DecodingKey::from_ec_der(&public);
    let claims = token.and_then(|token| decode::<Claims>(token, &key, &rules).ok());
    let Some(claims) = claims.map(|decoded| decoded.claims) else {
        verdict.wrong("its signature is not by the key that the manifest names");
        return;
    };
    let is_its_own = claims.manifest == hex_of(bytes)
        && claims.month == manifest.month
        && claims.organization == manifest.organization;
    if !is_its_own {
        verdict.wrong("the manifest was changed after it was signed");
    }
}

fn listed(verdict: &mut Verdict, files: &Unpacked, manifest: &Manifest) {
    for listed in &manifest.files {
        verdict.files += 1;
        match files.get(&listed.name) {
            None => verdict.wrong(format!("{} is missing", listed.name)),
            Some(bytes) if hex_of(bytes) != listed.sha256 || bytes.len() as u64 != listed.size => {
                verdict.wrong(format!("{} was changed", listed.name));
            }
            Some(_) => {}
        }
    }
    for name in files.keys() {
        let is_known = name == MANIFEST
            || name == SIGNATURE
            || manifest.files.iter().any(|listed| listed.name == *name);
        if !is_known {
            verdict.wrong(format!("{name} is not in the manifest"));
        }
    }
}

fn invoice(verdict: &mut Verdict, name: &str, bytes: &[u8]) {
    let Ok(invoice) = serde_json::from_slice::<Value>(bytes) else {
        verdict.wrong(format!("{name} cannot be read"));
        return;
    };
    verdict.invoices += 1;
    let lines = invoice.get("lines").and_then(Value::as_array);
    let (mut net, mut tax) = (0_i64, 0_i64);
    for (place, line) in (1..).zip(lines.into_iter().flatten()) {
        verdict.lines += 1;
        let stated = minor(line, "net_minor");
        match recomputed(line) {
            Ok(found) if found == stated => {}
            Ok(found) => verdict.wrong(format!(
                "{name}, line {place}: its explanation comes to {found}, it says {stated}"
            )),
            Err(why) => verdict.wrong(format!("{name}, line {place}: {why}")),
        }
        net = net.saturating_add(stated);
        tax = tax.saturating_add(minor(line, "tax_minor"));
    }
    let sums = [
        ("net_minor", net),
        ("tax_minor", tax),
        ("total_minor", net.saturating_add(tax)),
    ];
    for (field, sum) in sums {
        let stated = minor(&invoice, field);
        if stated != sum {
            verdict.wrong(format!(
                "{name}: its lines come to {field} {sum}, it says {stated}"
            ));
        }
    }
}

fn minor(value: &Value, field: &str) -> i64 {
    value.get(field).and_then(Value::as_i64).unwrap_or(i64::MIN)
}

fn recomputed(line: &Value) -> Result<i64, String> {
    let stored = line.get("explanation").unwrap_or(&Value::Null);
    // What a finding put there keeps the finding beside its reason.
    let own = stored.get("explanation").unwrap_or(stored);
    let explanation: Result<Explanation, _> = serde_json::from_value(own.clone());
    let explanation = explanation.map_err(|error| format!("it is not explained: {error}"))?;
    let amount = explanation.recompute();
    Ok(amount.map_err(|error| error.to_string())?.minor)
}
