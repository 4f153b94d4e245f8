//! Subscriptions with the client, item and contract line they belong to.

use super::{Filter, Subscription, SubscriptionChange};
use crate::{
    db::{Day, DbError, OrgId, SubscriptionId, Tx, sql},
    paging::{After, Window},
};

/// Every column of a [`Subscription`], `$1` the organization and `$2` today.
macro_rules! select_subscriptions {
    ($rest:literal) => {
        concat!(
            "select * from (select subscription.id, subscription.connection_id, connection.vendor, \
             subscription.external_id, client.id as client_id, client.name as client_name, \
             client.currency as client_currency, \
             coalesce(vendor_company.name, '') as company, \
             coalesce(client.own_use, $3) as own_use, subscription.product_name as product, \
             coalesce(vendor_product.sku, '') as sku, catalog_item.id as catalog_item_id, \
             catalog_item.code as item_code, subscription.quantity, subscription.unit_price, \
             subscription.unit_cost, subscription.currency, \
             subscription.status as vendor_status, \
             case when subscription.ends_on <= $2 or subscription.removed_at is not null \
                 or subscription.status in ('Cancelled', 'Converted') then 'cancelled' \
               when subscription.status in \
                 ('PendingManual', 'WaitingForDetails', 'PendingActivation') then 'suspended' \
               when subscription.status = 'PendingCancel' or subscription.ends_on is not null \
                 then 'scheduled_to_cancel' \
               when subscription.status = 'Trial' or subscription.billing_term = 'Trial' \
                 then 'trial' \
               else 'active' end as status, \
             subscription.billing_term, subscription.starts_on, subscription.ends_on, \
             subscription.commitment_term, subscription.commitment_ends_on, \
             subscription.ordered_by, fed.contract_id, fed.line_id as contract_line_id, \
             fed.reference as contract_line, subscription.removed_at is not null as is_gone, \
             subscription.search_key, subscription.product_external_id, \
             coalesce(client.name_key, vendor_company.name_key, '') || ' ' || \
               subscription.search_key as sort_key, \
             coalesce(client.name_key, '') as client_key \
             from subscription \
             join connection on connection.org_id = $1 \
               and connection.id = subscription.connection_id \
             left join vendor_company on vendor_company.org_id = $1 \
               and vendor_company.connection_id = subscription.connection_id \
               and vendor_company.external_id = subscription.company_external_id \
             left join client_link on client_link.org_id = $1 \
               and client_link.connection_id = subscription.connection_id \
               and client_link.external_id = subscription.company_external_id \
               and client_link.state = 'mapped' \
             left join client on client.org_id = $1 and client.id = client_link.client_id \
             left join vendor_product on vendor_product.org_id = $1 \
               and vendor_product.connection_id = subscription.connection_id \
               and vendor_product.external_id = subscription.product_external_id \
             left join catalog_link on catalog_link.org_id = $1 \
               and catalog_link.connection_id = subscription.connection_id \
               and catalog_link.external_id = subscription.product_external_id \
               and catalog_link.state = 'mapped' \
             left join catalog_item on catalog_item.org_id = $1 \
               and catalog_item.id = catalog_link.catalog_item_id \
             left join (select line_subscription.subscription_external_id, \
                 min(contract_line.reference) as reference \
               from line_subscription \
               join contract_line on contract_line.org_id = $1 \
                 and contract_line.id = line_subscription.line_id \
               join contract on contract.org_id = $1 and contract.id = contract_line.contract_id \
               where line_subscription.org_id = $1 and contract.status <> 'draft' \
                 and (contract_line.ends_on is null or contract_line.ends_on > $2) \
               group by line_subscription.subscription_external_id) as feeding \
               on feeding.subscription_external_id = subscription.external_id \
             left join (select id as line_id, contract_id, reference from contract_line \
               where org_id = $1) as fed on fed.reference = feeding.reference \
             where subscription.org_id = $1) as listed ",
            $rest
        )
    };
}

#[derive(sqlx::FromRow)]
pub struct ListedSubscription {
    #[sqlx(flatten)]
    pub subscription: Subscription,
    pub sort_key: String,
}

/// Subscriptions by client and product.
pub async fn subscriptions(
    tx: &mut Tx,
    org: OrgId,
    filter: &Filter,
    today: Day,
    window: &Window,
) -> Result<Vec<ListedSubscription>, DbError> {
    sql(select_subscriptions!(
        "where ($4 is null or search_key like $4 or client_key like $4 or external_id = $5) \
         and ($6 is null or status = $6) and ($7 is null or client_id = $7) \
         and ($8 is null or catalog_item_id = $8) \
         and ($9 is null or product_external_id = $9) \
         and ($10 is null or (sort_key, id) > ($10, $11)) \
         and ($13 is null or (commitment_ends_on >= $2 and commitment_ends_on < $13 \
           and is_gone = $3)) \
         order by sort_key, id limit $12"
    ))
    .bind(org)
    .bind(today)
    .bind(false)
    .bind(filter.pattern.as_deref())
    .bind(filter.exact.as_deref())
    .bind(filter.status.as_deref())
    .bind(filter.client)
    .bind(filter.item)
    .bind(filter.product.as_deref())
    .bind(window.after.as_ref().and_then(After::text))
    .bind(window.after.as_ref().map(|after| after.id))
    .bind(window.rows())
    .bind(filter.closing_by)
    .all(tx)
    .await
}

/// How many subscriptions there are in each state.
pub async fn states(tx: &mut Tx, org: OrgId, today: Day) -> Result<Vec<(String, i64)>, DbError> {
    sql("select state, count(*) from (select case \
         when ends_on <= $2 or removed_at is not null \
           or status in ('Cancelled', 'Converted') then 'cancelled' \
         when status in ('PendingManual', 'WaitingForDetails', 'PendingActivation') \
           then 'suspended' \
         when status = 'PendingCancel' or ends_on is not null then 'scheduled_to_cancel' \
         when status = 'Trial' or billing_term = 'Trial' then 'trial' \
         else 'active' end as state from subscription where org_id = $1) as counted \
         group by state")
    .bind(org)
    .bind(today)
    .all(tx)
    .await
}

pub async fn subscription(
    tx: &mut Tx,
    org: OrgId,
    id: SubscriptionId,
    today: Day,
) -> Result<Option<Subscription>, DbError> {
    sql(select_subscriptions!("where id = $4"))
        .bind(org)
        .bind(today)
        .bind(false)
        .bind(id)
        .optional(tx)
        .await
}

/// Newest first.
pub async fn history(
    tx: &mut Tx,
    org: OrgId,
    id: SubscriptionId,
) -> Result<Vec<SubscriptionChange>, DbError> {
    sql(
        "select happened_at, quantity, unit_price, unit_cost, status as vendor_status \
         from subscription_event where org_id = $1 and subscription_id = $2 \
         order by happened_at desc",
    )
    .bind(org)
    .bind(id)
    .all(tx)
    .await
}
