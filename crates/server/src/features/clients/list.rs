//! The list of clients: who they are and what the last reconciliation said about each. An MSP
//! has thousands of clients, not millions: the list is ranked and cut here, where the rates are.

use std::collections::HashMap;

use chrono::TimeDelta;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Client, search_pattern, store};
use crate::{
    app::App,
    db::{ClientId, Day, Exact, Tx},
    fault::Fault,
    http::{After, Permission, SortKey, Who, Window},
};

/// How counted and licensed compare, per item and never netted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Licensing {
    /// More is used of some item than is licensed.
    UnderLicensed,
    /// Nothing is short, something is paid for and not used.
    OverLicensed,
    Matched,
    /// No snapshot yet, or nothing to compare.
    NoData,
}

impl Licensing {
    pub const ALL: [Self; 4] = [
        Self::UnderLicensed,
        Self::OverLicensed,
        Self::Matched,
        Self::NoData,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnderLicensed => "under_licensed",
            Self::OverLicensed => "over_licensed",
            Self::Matched => "matched",
            Self::NoData => "no_data",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::UnderLicensed => "Under-licensed",
            Self::OverLicensed => "Over-licensed",
            Self::Matched => "Matched",
            Self::NoData => "No data",
        }
    }
}

/// A client in the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClientSummary {
    #[serde(flatten)]
    pub client: Client,
    /// Monthly value of active contract lines; null before the first reconciliation, or where
    /// your role does not see it.
    pub mrr_minor: Option<i64>,
    pub subscriptions: i64,
    /// Units of live subscriptions.
    pub licences: Exact,
    /// Devices seen lately.
    pub devices: i64,
    /// Used beyond what is licensed, over all items.
    pub under: Exact,
    /// Licensed beyond what is used, over all items.
    pub over: Exact,
    pub licensing: Licensing,
    #[serde(skip)]
    pub(super) name_key: String,
    /// MRR in the organization's currency, at the ledger's last rate; sorts the list.
    #[serde(skip)]
    pub rank_minor: Option<i64>,
}

#[derive(Debug, Clone, Default)]
pub struct ClientFilter {
    pub pattern: Option<String>,
    /// active | archived; both when none.
    pub status: Option<String>,
    pub licensing: Option<String>,
    pub own_use: Option<bool>,
}

impl ClientFilter {
    pub fn typed(
        q: Option<&str>,
        status: Option<&str>,
        licensing: Option<&str>,
    ) -> Result<Self, Fault> {
        let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let licensing = given(licensing);
        if let Some(word) = &licensing
            && !Licensing::ALL.iter().any(|known| known.as_str() == word)
        {
            return Err(Fault::field(
                "licensing",
                "use under_licensed, over_licensed, matched or no_data",
            ));
        }
        Ok(Self {
            pattern: q.and_then(search_pattern),
            status: match given(status) {
                None => Some("active".to_owned()),
                Some(all) if all == "all" => None,
                Some(one) => Some(one),
            },
            licensing,
            own_use: None,
        })
    }

    fn keeps(&self, client: &ClientSummary) -> bool {
        let needle = self.pattern.as_deref().map(|p| p.trim_matches('%'));
        needle.is_none_or(|needle| client.name_key.contains(needle))
            && self
                .status
                .as_ref()
                .is_none_or(|status| *status == client.client.status)
            && self
                .licensing
                .as_deref()
                .is_none_or(|word| client.licensing.as_str() == word)
            && self
                .own_use
                .is_none_or(|own_use| own_use == client.client.own_use)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientSort {
    /// Highest first.
    Mrr,
    Name,
}

impl ClientSort {
    pub fn typed(text: Option<&str>) -> Result<Self, Fault> {
        match text {
            None | Some("" | "mrr") => Ok(Self::Mrr),
            Some("name") => Ok(Self::Name),
            Some(_) => Err(Fault::field("sort", "clients are sorted by mrr or name")),
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mrr => "mrr",
            Self::Name => "name",
        }
    }

    /// Where a row stands.
    pub fn place(self, row: &ClientSummary) -> After {
        match self {
            Self::Mrr => After::of_int(row.rank_minor.unwrap_or(-1), row.client.id.0),
            Self::Name => After::of_text(&row.name_key, row.client.id.0),
        }
    }

    #[expect(clippy::unused_self, reason = "the keys of one sort are compared")]
    fn compare(self, a: &After, b: &After) -> std::cmp::Ordering {
        let by_key = match (&a.key, &b.key) {
            (SortKey::Int(a), SortKey::Int(b)) => b.cmp(a),
            (SortKey::Text(a), SortKey::Text(b)) => a.cmp(b),
            _ => std::cmp::Ordering::Equal,
        };
        by_key.then(a.id.cmp(&b.id))
    }
}

/// The clients of a page (one row more than its limit, if there is one), with their figures, and
/// how many the filter keeps in all.
pub async fn list(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    filter: &ClientFilter,
    sort: ClientSort,
    window: &Window,
) -> Result<(Vec<ClientSummary>, usize), Fault> {
    let mut rows = measured(who, tx).await?;
    rows.retain(|row| filter.keeps(row));
    let total = rows.len();
    rows.sort_by_cached_key(|row| Ranked(sort, sort.place(row)));
    if let Some(after) = &window.after {
        rows.retain(|row| sort.compare(&sort.place(row), after).is_gt());
    }
    rows.truncate(usize::try_from(window.rows()).unwrap_or(usize::MAX));
    add_counts(app, who, tx, &mut rows).await?;
    Ok((rows, total))
}

/// How many active clients, the MSP's own use left out, stand how.
pub async fn licensing_counts(who: &Who, tx: &mut Tx) -> Result<Vec<(Licensing, usize)>, Fault> {
    let rows = measured(who, tx).await?;
    let counted = |licensing: Licensing| {
        let of_it = rows.iter().filter(|row| {
            row.licensing == licensing && !row.client.own_use && !row.client.is_archived()
        });
        (licensing, of_it.count())
    };
    Ok(Licensing::ALL.into_iter().map(counted).collect())
}

struct Ranked(ClientSort, After);

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Ranked {}
impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.compare(&self.1, &other.1)
    }
}

/// Every client with what the last reconciliation said, not yet counted.
async fn measured(who: &Who, tx: &mut Tx) -> Result<Vec<ClientSummary>, Fault> {
    let rows = store::measured_clients(tx, who.org).await?;
    let mut rates: HashMap<String, Option<i64>> = HashMap::new();
    for row in &rows {
        let currency = &row.client.currency;
        if *currency != who.currency && !rates.contains_key(currency) {
            let rate = store::latest_rate(tx, who.org, currency).await?;
            rates.insert(currency.clone(), rate);
        }
    }
    let sees_money = who.may(Permission::ReadCost);
    Ok(rows
        .into_iter()
        .map(|row| {
            let rank = row.mrr_minor.and_then(|mrr| {
                let currency = &row.client.currency;
                if *currency == who.currency {
                    return Some(mrr);
                }
                in_own_currency(mrr, rates.get(currency).copied().flatten()?)
            });
            ClientSummary {
                licensing: licensing(&row),
                mrr_minor: row.mrr_minor.filter(|_| sees_money),
                rank_minor: rank.filter(|_| sees_money),
                subscriptions: 0,
                licences: Exact::from_micros(0),
                devices: 0,
                under: row.under,
                over: row.over,
                name_key: row.name_key,
                client: row.client,
            }
        })
        .collect())
}

/// `rate` is units of the foreign currency × 10⁶ to one of the organization's own.
fn in_own_currency(minor: i64, rate: i64) -> Option<i64> {
    if rate <= 0 {
        return None;
    }
    i64::try_from(i128::from(minor) * 1_000_000 / i128::from(rate)).ok()
}

fn licensing(row: &store::MeasuredClient) -> Licensing {
    if row.compared == 0 {
        Licensing::NoData
    } else if row.under.0 > rust_decimal::Decimal::ZERO {
        Licensing::UnderLicensed
    } else if row.over.0 > rust_decimal::Decimal::ZERO {
        Licensing::OverLicensed
    } else {
        Licensing::Matched
    }
}

/// Devices unseen for longer do not count.
const UNSEEN: TimeDelta = TimeDelta::days(30);
/// Clients asked about in one statement.
const CHUNK: usize = 200;

async fn add_counts(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    rows: &mut [ClientSummary],
) -> Result<(), Fault> {
    let today = Day(who.today(app));
    let seen_since = app.now() - UNSEEN;
    for chunk in rows.chunks_mut(CHUNK) {
        let ids: Vec<ClientId> = chunk.iter().map(|row| row.client.id).collect();
        let held: HashMap<Uuid, store::Held> = store::held(tx, who.org, &ids, today)
            .await?
            .into_iter()
            .map(|held| (held.client_id.0, held))
            .collect();
        let devices: HashMap<Uuid, i64> = store::devices(tx, who.org, &ids, seen_since)
            .await?
            .into_iter()
            .map(|(client, devices)| (client.0, devices))
            .collect();
        for row in chunk {
            if let Some(held) = held.get(&row.client.id.0) {
                row.subscriptions = held.subscriptions;
                row.licences = held.licences;
            }
            row.devices = devices.get(&row.client.id.0).copied().unwrap_or(0);
        }
    }
    Ok(())
}

/// One client's figures.
pub async fn summary(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: ClientId,
) -> Result<ClientSummary, Fault> {
    let mut rows = measured(who, tx).await?;
    rows.retain(|row| row.client.id == id);
    add_counts(app, who, tx, &mut rows).await?;
    rows.pop().ok_or(Fault::NotFound("this client"))
}
