//! Who can be invoiced, and what waits for them.

use crate::db::{ClientId, DbError, OrgId, Tx, sql};

/// Clients with an active contract, by name.
pub async fn clients(tx: &mut Tx, org: OrgId) -> Result<Vec<(ClientId, String)>, DbError> {
    sql("select client.id, client.name from client \
         where client.org_id = $1 and client.status = 'active' and client.own_use = false \
           and exists (select 1 from contract where contract.org_id = client.org_id \
             and contract.client_id = client.id and contract.status = 'active') \
         order by client.name_key, client.id")
    .bind(org)
    .all(tx)
    .await
}

/// Every client that can be invoiced, by name, with its currency.
pub async fn all_clients(
    tx: &mut Tx,
    org: OrgId,
) -> Result<Vec<(ClientId, String, String)>, DbError> {
    sql("select id, name, currency from client \
         where org_id = $1 and status = 'active' and own_use = false order by name_key, id")
    .bind(org)
    .all(tx)
    .await
}
