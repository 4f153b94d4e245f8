//! Who has agreed to a draft, and who changed it.

use uuid::Uuid;

use super::super::agree::Agreement;
use crate::db::{DbError, GeneratedInvoiceId, OrgId, PersonId, Tx, sql};

/// Agreement with exactly this content, oldest first.
pub async fn agreements(
    tx: &mut Tx,
    org: OrgId,
    draft: GeneratedInvoiceId,
    content_hash: Vec<u8>,
) -> Result<Vec<Agreement>, DbError> {
    sql(
        "select given.person_id as person, coalesce(nullif(person.name, ''), person.email) as name, \
           given.in_place_of, given.override_reason, given.created_at as at \
         from draft_approval given join person on person.id = given.person_id \
         where given.org_id = $1 and given.generated_invoice_id = $2 and given.content_hash = $3 \
         order by given.created_at, given.id",
    )
    .bind(org)
    .bind(draft)
    .bind(content_hash)
    .all(tx)
    .await
}

/// Everybody who changed something on the draft.
pub async fn editors(
    tx: &mut Tx,
    org: OrgId,
    draft: GeneratedInvoiceId,
) -> Result<Vec<PersonId>, DbError> {
    sql("select distinct person_id from audit \
         where org_id = $1 and subject_id = $2 and action = 'draft.edited' \
           and person_id is not null")
    .bind(org)
    .bind(draft)
    .values(tx)
    .await
}

pub struct NewVoice<'a> {
    pub id: Uuid,
    pub draft: GeneratedInvoiceId,
    pub given: &'a Agreement,
    pub content_hash: Vec<u8>,
}

/// Notes an agreement; the Owner's override takes the place of what they had said before.
pub async fn give_voice(tx: &mut Tx, org: OrgId, new: &NewVoice<'_>) -> Result<(), DbError> {
    let given = new.given;
    sql(
        "insert into draft_approval (org_id, id, generated_invoice_id, person_id, in_place_of, \
           content_hash, override_reason, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8) \
         on conflict (org_id, generated_invoice_id, person_id, content_hash) do update \
           set override_reason = excluded.override_reason, created_at = excluded.created_at",
    )
    .bind(org)
    .bind(new.id)
    .bind(new.draft)
    .bind(given.person)
    .bind(given.in_place_of)
    .bind(new.content_hash.clone())
    .bind(given.override_reason.as_deref())
    .bind(given.at)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn withdraw_voices(
    tx: &mut Tx,
    org: OrgId,
    draft: GeneratedInvoiceId,
) -> Result<(), DbError> {
    sql("delete from draft_approval where org_id = $1 and generated_invoice_id = $2")
        .bind(org)
        .bind(draft)
        .run(tx)
        .await?;
    Ok(())
}
