//! Proposals: which client a vendor record may be, and how sure that is.

use std::collections::{HashMap, HashSet};

use super::store::{self, KnownClient, OpenCompany};
use crate::{
    app::App,
    db::{ClientId, ConnectionId, Kind, OrgId, Tx, Upsert, Value, upsert},
    fault::Fault,
    features::{
        audit::{self, Act},
        clients::match_key,
    },
};

/// A client that a record may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Guess {
    client: ClientId,
    score: i64,
    why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    OwnId,
    WebDomain,
    EmailDomain,
    Name,
    /// Several clients fit as well as this one.
    OneOfSeveral,
}

impl Why {
    fn sentence(self) -> &'static str {
        match self {
            Self::OwnId => "the vendor's record carries this client's own reference",
            Self::WebDomain => "the same web domain",
            Self::EmailDomain => "the same e-mail domain",
            Self::Name => "the same name but for case, punctuation and legal form",
            Self::OneOfSeveral => "the same name, which several clients have",
        }
    }
}

const OWN_ID: i64 = 100;
const WEB_DOMAIN: i64 = 90;
const EMAIL_DOMAIN: i64 = 80;
const NAME: i64 = 70;
const ONE_OF_SEVERAL: i64 = 30;

/// Domains that say who carries the mail, not whose it is.
const SHARED_DOMAINS: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "yahoo.com",
    "icloud.com",
    "me.com",
    "aol.com",
    "proton.me",
    "protonmail.com",
    "gmx.de",
    "web.de",
    "btinternet.com",
    "onmicrosoft.com",
];

/// Goes over every record nobody decided about: commits unique exact ids, suggests the rest.
/// Doing it again changes nothing. The number of links that changed.
pub async fn propose(app: &App, tx: &mut Tx, org: OrgId) -> Result<u64, Fault> {
    let companies = store::open_companies(tx, org).await?;
    if companies.is_empty() {
        return Ok(0);
    }
    let clients = store::known_clients(tx, org).await?;
    let shared: HashSet<(ConnectionId, String)> =
        store::shared_own_refs(tx, org).await?.into_iter().collect();
    let index = Index::of(&clients);
    let mut rows = Vec::new();
    for company in &companies {
        let has_unique_id = company
            .own_ref
            .as_ref()
            .is_some_and(|own| !shared.contains(&(company.connection_id, own.clone())));
        let guess = index.best(company, has_unique_id);
        let is_certain = guess.is_some_and(|guess| guess.why == Why::OwnId);
        if !changes(company, guess, is_certain) {
            continue;
        }
        if let Some(guess) = guess.filter(|_| is_certain) {
            record_commit(app, tx, org, company, guess).await?;
        }
        rows.push(row(app, org, company, guess, is_certain));
    }
    Ok(upsert(tx, &LINKS, rows).await?)
}

fn changes(company: &OpenCompany, guess: Option<Guess>, is_certain: bool) -> bool {
    let state = state(guess, is_certain);
    company.state.as_deref() != Some(state)
        || company.client_id != guess.map(|guess| guess.client)
        || company.score != Some(guess.map_or(0, |guess| guess.score))
}

fn state(guess: Option<Guess>, is_certain: bool) -> &'static str {
    match guess {
        Some(_) if is_certain => "mapped",
        Some(_) => "suggested",
        None => "unmapped",
    }
}

static LINKS: Upsert = Upsert {
    table: "client_link",
    columns: &[
        ("org_id", Kind::Uuid),
        ("connection_id", Kind::Uuid),
        ("external_id", Kind::Text),
        ("client_id", Kind::Uuid),
        ("state", Kind::Text),
        ("score", Kind::Int),
        ("reason", Kind::Text),
        ("decided_at", Kind::Int),
    ],
    key: &["org_id", "connection_id", "external_id"],
    update: &["client_id", "state", "score", "reason", "decided_at"],
    unless_equal: None,
};

fn row(
    app: &App,
    org: OrgId,
    company: &OpenCompany,
    guess: Option<Guess>,
    is_certain: bool,
) -> Vec<Value> {
    vec![
        org.into(),
        company.connection_id.into(),
        company.external_id.as_str().into(),
        guess.map(|guess| guess.client).into(),
        state(guess, is_certain).into(),
        guess.map_or(0, |guess| guess.score).into(),
        guess.map_or("", |guess| guess.why.sentence()).into(),
        is_certain.then(|| app.now()).into(),
    ]
}

async fn record_commit(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    company: &OpenCompany,
    guess: Guess,
) -> Result<(), Fault> {
    let act = Act {
        org,
        person: None,
        action: "client_link.committed",
        subject_kind: "client",
        subject: Some(guess.client.0),
    };
    let detail = serde_json::json!({
        "connection_id": company.connection_id, "external_id": company.external_id,
        "company": company.name, "own_ref": company.own_ref, "reason": guess.why.sentence(),
    });
    audit::record(app, tx, act, &detail).await
}

/// Clients by what they can be recognised by. A key that two clients share names neither.
#[expect(clippy::struct_field_names, reason = "each says by what")]
struct Index<'a> {
    by_reference: HashMap<&'a str, ClientId>,
    by_web: HashMap<String, Option<ClientId>>,
    by_email: HashMap<String, Option<ClientId>>,
    by_name: HashMap<String, Vec<ClientId>>,
}

impl<'a> Index<'a> {
    fn of(clients: &'a [KnownClient]) -> Self {
        let mut index = Self {
            by_reference: HashMap::new(),
            by_web: HashMap::new(),
            by_email: HashMap::new(),
            by_name: HashMap::new(),
        };
        for client in clients {
            index.by_reference.insert(&client.reference, client.id);
            let name = match_key(&client.name);
            index.by_name.entry(name).or_default().push(client.id);
            for (map, domain) in [
                (&mut index.by_web, &client.web_domain),
                (&mut index.by_email, &client.email_domain),
            ] {
                if let Some(domain) = domain.as_deref().and_then(own_domain) {
                    map.entry(domain)
                        .and_modify(|of| *of = None)
                        .or_insert(Some(client.id));
                }
            }
        }
        index
    }

    fn best(&self, company: &OpenCompany, has_unique_id: bool) -> Option<Guess> {
        let own = company.own_ref.as_deref().filter(|_| has_unique_id);
        if let Some(client) = own.and_then(|own| self.by_reference.get(own)) {
            return Some(guess(*client, OWN_ID, Why::OwnId));
        }
        self.by_domain(company).or_else(|| self.by_name(company))
    }

    fn by_domain(&self, company: &OpenCompany) -> Option<Guess> {
        let find = |map: &HashMap<String, Option<ClientId>>, domain: &Option<String>| {
            let domain = own_domain(domain.as_deref()?)?;
            map.get(&domain).copied().flatten()
        };
        let web = find(&self.by_web, &company.web_domain);
        let email = find(&self.by_email, &company.email_domain)
            .or_else(|| find(&self.by_web, &company.email_domain))
            .or_else(|| find(&self.by_email, &company.web_domain));
        web.map(|client| guess(client, WEB_DOMAIN, Why::WebDomain))
            .or_else(|| email.map(|client| guess(client, EMAIL_DOMAIN, Why::EmailDomain)))
    }

    fn by_name(&self, company: &OpenCompany) -> Option<Guess> {
        match self.by_name.get(&match_key(&company.name))?.as_slice() {
            [] => None,
            [only] => Some(guess(*only, NAME, Why::Name)),
            [first, ..] => Some(guess(*first, ONE_OF_SEVERAL, Why::OneOfSeveral)),
        }
    }
}

fn guess(client: ClientId, score: i64, why: Why) -> Guess {
    Guess { client, score, why }
}

/// A domain that belongs to one company, without its leading `www.`.
fn own_domain(domain: &str) -> Option<String> {
    let domain = domain.trim().trim_end_matches('.').to_lowercase();
    let domain = domain.strip_prefix("www.").unwrap_or(&domain);
    let is_shared = SHARED_DOMAINS
        .iter()
        .any(|shared| domain == *shared || domain.ends_with(&format!(".{shared}")));
    (domain.contains('.') && !is_shared).then(|| domain.to_owned())
}
