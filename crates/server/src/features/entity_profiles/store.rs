//! Entity profiles.

use super::EntityProfile;
use crate::{
    db::{ClientId, DbError, OrgId, Tx, sql},
    features::reconciliation::like,
};

#[derive(sqlx::FromRow)]
pub struct ProfileRow {
    legal_name: String,
    address: String,
    tax_number: String,
    contact_name: String,
    email: String,
    more_emails: String,
    terms_days: Option<i64>,
    terms_from: Option<String>,
    is_reference_required: bool,
    version: i64,
}

impl From<ProfileRow> for EntityProfile {
    fn from(row: ProfileRow) -> Self {
        Self {
            legal_name: row.legal_name,
            address: row.address,
            tax_number: row.tax_number,
            contact_name: row.contact_name,
            email: row.email,
            more_emails: row.more_emails.lines().map(str::to_owned).collect(),
            terms_days: row.terms_days,
            terms_from: row.terms_from,
            reference_required: row.is_reference_required,
            version: row.version,
        }
    }
}

pub async fn profile(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
) -> Result<Option<ProfileRow>, DbError> {
    sql(
        "select legal_name, address, tax_number, contact_name, email, more_emails, terms_days, \
         terms_from, is_reference_required, version \
         from entity_profile where org_id = $1 and client_id = $2",
    )
    .bind(org)
    .bind(client)
    .optional(tx)
    .await
}

/// # Errors
/// [`DbError::Stale`] when it has another version by now.
pub async fn save(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
    new: &EntityProfile,
) -> Result<(), DbError> {
    sql(
        "insert into entity_profile (org_id, client_id, legal_name, address, tax_number, \
         contact_name, email, more_emails, terms_days, terms_from, is_reference_required) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         on conflict (org_id, client_id) do update set legal_name = excluded.legal_name, \
         address = excluded.address, tax_number = excluded.tax_number, \
         contact_name = excluded.contact_name, email = excluded.email, \
         more_emails = excluded.more_emails, terms_days = excluded.terms_days, \
         terms_from = excluded.terms_from, \
         is_reference_required = excluded.is_reference_required, \
         version = entity_profile.version + 1 \
         where entity_profile.org_id = $1 and entity_profile.version = $12",
    )
    .bind(org)
    .bind(client)
    .bind(&new.legal_name)
    .bind(&new.address)
    .bind(&new.tax_number)
    .bind(&new.contact_name)
    .bind(&new.email)
    .bind(new.more_emails.join("\n"))
    .bind(new.terms_days)
    .bind(new.terms_from.as_deref())
    .bind(new.reference_required)
    .bind(new.version)
    .run_one(tx)
    .await
}

/// Days and from where they are counted, by client.
pub async fn terms(tx: &mut Tx, org: OrgId) -> Result<Vec<(ClientId, i64, String)>, DbError> {
    sql(
        "select client_id, terms_days, terms_from from entity_profile \
         where org_id = $1 and terms_days is not null and terms_from is not null",
    )
    .bind(org)
    .all(tx)
    .await
}

/// A client and what its profile says, as the list shows it.
#[derive(sqlx::FromRow)]
pub struct ListedProfile {
    pub client_id: ClientId,
    pub reference: String,
    pub name: String,
    pub name_key: String,
    pub legal_name: Option<String>,
    pub tax_number: Option<String>,
    pub contact_name: Option<String>,
    pub email: Option<String>,
    pub terms_days: Option<i64>,
    pub terms_from: Option<String>,
    pub is_reference_required: Option<bool>,
}

#[derive(Default)]
pub struct ProfileFilter {
    pub search: Option<String>,
    /// Only those who can be sent nothing.
    pub without_email: bool,
    pub after: Option<(String, ClientId)>,
    pub limit: i64,
}

/// Active clients by name.
pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    filter: &ProfileFilter,
) -> Result<Vec<ListedProfile>, DbError> {
    sql(
        "select client.id as client_id, client.reference, client.name, client.name_key, \
         profile.legal_name, profile.tax_number, profile.contact_name, profile.email, \
         profile.terms_days, profile.terms_from, profile.is_reference_required \
         from client left join entity_profile profile on profile.org_id = client.org_id \
           and profile.client_id = client.id \
         where client.org_id = $1 and client.status = 'active' and client.own_use = false \
           and ($2 is null or client.name_key like $2 or lower(profile.legal_name) like $2 \
             or lower(profile.email) like $2) \
           and ($3 = false or coalesce(profile.email, '') = '') \
           and ($4 is null or client.name_key > $4 or (client.name_key = $4 and client.id > $5)) \
         order by client.name_key, client.id limit $6",
    )
    .bind(org)
    .bind(filter.search.as_deref().map(like))
    .bind(filter.without_email)
    .bind(filter.after.as_ref().map(|(key, _)| key.as_str()))
    .bind(filter.after.as_ref().map(|(_, id)| *id))
    .bind(filter.limit)
    .all(tx)
    .await
}

/// All clients that can be invoiced, and those of them that can be sent nothing.
pub async fn counts(tx: &mut Tx, org: OrgId) -> Result<(i64, i64), DbError> {
    sql(
        "select count(*), cast(coalesce(sum(case when coalesce(profile.email, '') = '' \
           then 1 else 0 end), 0) as bigint) \
         from client left join entity_profile profile on profile.org_id = client.org_id \
           and profile.client_id = client.id \
         where client.org_id = $1 and client.status = 'active' and client.own_use = false",
    )
    .bind(org)
    .one(tx)
    .await
}
