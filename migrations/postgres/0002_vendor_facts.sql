-- What vendors say, as last read. Keyed by the vendor's own ids; linked to clients and catalog items.

create table client (
  org_id uuid not null references organization (id) on delete cascade,
  id uuid not null,
  -- The MSP's own number for the client.
  reference text not null,
  name text not null,
  -- Normalised for search and sorting (`features::clients::name_key`).
  name_key text not null,
  currency text not null,
  -- The MSP itself: what it bought for its own use is never billed.
  own_use boolean not null,
  -- active | archived
  status text not null,
  web_domain text,
  email_domain text,
  version bigint not null default 1,
  created_at bigint not null,
  primary key (org_id, id),
  unique (org_id, reference)
);
create index client_by_name on client (org_id, name_key, id);
select protect_tenant('client');

create table vendor_company (
  org_id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  name text not null,
  name_key text not null,
  -- The id that the MSP gave the record in the vendor's system (Pax8 externalId, Xero ContactNumber).
  own_ref text,
  web_domain text,
  email_domain text,
  currency text,
  status text not null,
  content_hash bytea not null,
  seen_run uuid not null,
  removed_at bigint,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
);
select protect_tenant('vendor_company');

create table client_link (
  org_id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  client_id uuid,
  -- mapped | suggested | unmapped | ignored
  state text not null,
  -- 0 to 100, of a suggestion.
  score bigint not null default 0,
  reason text not null,
  decided_by uuid,
  decided_at bigint,
  version bigint not null default 1,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade,
  foreign key (org_id, client_id) references client (org_id, id)
);
create index client_link_client on client_link (org_id, client_id);
select protect_tenant('client_link');

create table catalog_item (
  org_id uuid not null references organization (id) on delete cascade,
  id uuid not null,
  code text not null,
  name text not null,
  name_key text not null,
  description text not null,
  currency text not null,
  unit_price bigint not null,
  unit_cost bigint,
  tax_type text not null,
  account_code text not null,
  -- The meter whose count is compared with it; null for what no tool counts.
  meter text,
  -- active | archived
  status text not null,
  version bigint not null default 1,
  created_at bigint not null,
  primary key (org_id, id),
  unique (org_id, code)
);
select protect_tenant('catalog_item');

create table vendor_product (
  org_id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  name text not null,
  name_key text not null,
  vendor_name text not null,
  sku text not null,
  content_hash bytea not null,
  seen_run uuid not null,
  removed_at bigint,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
);
select protect_tenant('vendor_product');

create table catalog_link (
  org_id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  catalog_item_id uuid,
  -- mapped | suggested | unmapped | ignored
  state text not null,
  score bigint not null default 0,
  reason text not null,
  decided_by uuid,
  decided_at bigint,
  version bigint not null default 1,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade,
  foreign key (org_id, catalog_item_id) references catalog_item (org_id, id)
);
create index catalog_link_item on catalog_link (org_id, catalog_item_id);
select protect_tenant('catalog_link');

create table subscription (
  org_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  company_external_id text not null,
  product_external_id text not null,
  -- Set for a part of a bundle.
  parent_external_id text,
  product_name text not null,
  quantity bigint not null,
  -- What the client pays a unit, by Pax8; per billing term.
  unit_price bigint not null,
  -- What the MSP pays a unit; per billing term.
  unit_cost bigint not null,
  currency text not null,
  -- The vendor's own word; ours is made from it when shown. Billing never filters on it.
  status text not null,
  billing_term text not null,
  starts_on text not null,
  -- Exclusive; null while it goes on.
  ends_on text,
  billing_starts_on text,
  commitment_term text,
  commitment_ends_on text,
  created_on text,
  vendor_updated_at bigint,
  -- The cost before the last rise, and the day it changed.
  previous_unit_cost bigint,
  cost_changed_on text,
  ordered_by text,
  search_key text not null,
  content_hash bytea not null,
  seen_run uuid not null,
  removed_at bigint,
  primary key (org_id, id),
  unique (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
);
create index subscription_company on subscription (org_id, connection_id, company_external_id);
select protect_tenant('subscription');

create table subscription_event (
  org_id uuid not null,
  subscription_id uuid not null,
  happened_at bigint not null,
  -- As the vendor tells it: what the subscription looked like from then on.
  quantity bigint not null,
  unit_price bigint not null,
  unit_cost bigint not null,
  status text not null,
  primary key (org_id, subscription_id, happened_at),
  foreign key (org_id, subscription_id) references subscription (org_id, id) on delete cascade
);
select protect_tenant('subscription_event');

create table vendor_bill (
  org_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  number text not null,
  billed_on text not null,
  due_on text,
  -- Unpaid | Paid | Void | Carried | Nothing Due | Credited, or the vendor's newest word.
  status text not null,
  -- actual | predicted
  kind text not null,
  currency text not null,
  total_minor bigint not null,
  balance_minor bigint not null,
  -- The bill that takes the place of this credited one, once a person or certainty said so.
  replaced_by uuid,
  content_hash bytea not null,
  seen_run uuid not null,
  removed_at bigint,
  primary key (org_id, id),
  unique (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
);
select protect_tenant('vendor_bill');

create table vendor_bill_line (
  org_id uuid not null,
  bill_id uuid not null,
  line_no bigint not null,
  external_id text not null,
  -- subscription | prorate | one-time | service-charge | invoice-credit …
  type text not null,
  term text not null,
  company_external_id text,
  product_external_id text,
  subscription_external_id text,
  product_name text not null,
  description text not null,
  starts_on text,
  -- Exclusive, whatever the vendor wrote.
  ends_on text,
  quantity bigint not null,
  unit_price bigint not null,
  unit_cost bigint not null,
  price_total_minor bigint not null,
  cost_total_minor bigint not null,
  currency text not null,
  primary key (org_id, bill_id, line_no),
  foreign key (org_id, bill_id) references vendor_bill (org_id, id) on delete cascade
);
create index vendor_bill_line_subscription on vendor_bill_line (org_id, subscription_external_id);
select protect_tenant('vendor_bill_line');

create table invoice (
  org_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  number text not null,
  reference text not null,
  contact_external_id text not null,
  contact_name text not null,
  -- The ledger's own word: DRAFT | SUBMITTED | AUTHORISED | PAID | VOIDED | DELETED.
  status text not null,
  issued_on text not null,
  due_on text,
  currency text not null,
  -- × 10⁶; null where the ledger gives none.
  currency_rate bigint,
  subtotal_minor bigint not null,
  tax_minor bigint not null,
  total_minor bigint not null,
  paid_minor bigint not null,
  credited_minor bigint not null,
  due_minor bigint not null,
  fully_paid_on text,
  vendor_updated_at bigint,
  search_key text not null,
  content_hash bytea not null,
  seen_run uuid not null,
  removed_at bigint,
  primary key (org_id, id),
  unique (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
);
create index invoice_by_date on invoice (org_id, issued_on, id);
create index invoice_by_contact on invoice (org_id, connection_id, contact_external_id, issued_on);
create index invoice_open on invoice (org_id, due_on) where due_minor > 0;
create index invoice_by_number on invoice (org_id, number);
select protect_tenant('invoice');

create table invoice_line (
  org_id uuid not null,
  invoice_id uuid not null,
  line_no bigint not null,
  description text not null,
  item_code text,
  quantity bigint not null,
  unit_price bigint not null,
  -- Without tax, after discount.
  net_minor bigint not null,
  tax_minor bigint not null,
  tax_type text not null,
  account_code text not null,
  primary key (org_id, invoice_id, line_no),
  foreign key (org_id, invoice_id) references invoice (org_id, id) on delete cascade
);
select protect_tenant('invoice_line');

create table payment (
  org_id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  invoice_external_id text,
  credit_note_external_id text,
  paid_on text not null,
  amount_minor bigint not null,
  currency text,
  -- AUTHORISED | DELETED
  status text not null,
  content_hash bytea not null,
  seen_run uuid not null,
  removed_at bigint,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
);
create index payment_invoice on payment (org_id, connection_id, invoice_external_id);
create index payment_by_date on payment (org_id, paid_on);
select protect_tenant('payment');

create table credit_note (
  org_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  number text not null,
  contact_external_id text not null,
  status text not null,
  issued_on text not null,
  currency text not null,
  total_minor bigint not null,
  remaining_minor bigint not null,
  -- Lines (item code, quantity, net) and allocations (invoice, amount, date), as JSON.
  lines text not null,
  allocations text not null,
  content_hash bytea not null,
  seen_run uuid not null,
  removed_at bigint,
  primary key (org_id, id),
  unique (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
);
select protect_tenant('credit_note');

create table tax_rate (
  org_id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  name text not null,
  -- A fraction of one × 10⁶: 20 % is 200,000.
  rate bigint not null,
  status text not null,
  applies_to_revenue boolean not null,
  content_hash bytea not null,
  seen_run uuid not null,
  removed_at bigint,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
);
select protect_tenant('tax_rate');

create table ledger_account (
  org_id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  code text not null,
  name text not null,
  type text not null,
  class text not null,
  tax_type text not null,
  status text not null,
  content_hash bytea not null,
  seen_run uuid not null,
  removed_at bigint,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
);
select protect_tenant('ledger_account');

create table ledger_item (
  org_id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  code text not null,
  name text not null,
  content_hash bytea not null,
  seen_run uuid not null,
  removed_at bigint,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
);
select protect_tenant('ledger_item');

create table snapshot (
  org_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  taken_at bigint not null,
  taken_on text not null,
  complete boolean not null,
  records bigint not null,
  primary key (org_id, id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
);
create index snapshot_recent on snapshot (org_id, connection_id, taken_at);
select protect_tenant('snapshot');

create table snapshot_count (
  org_id uuid not null,
  snapshot_id uuid not null,
  company_external_id text not null,
  meter text not null,
  count bigint not null,
  primary key (org_id, snapshot_id, company_external_id, meter),
  foreign key (org_id, snapshot_id) references snapshot (org_id, id) on delete cascade
);
select protect_tenant('snapshot_count');

create table device (
  org_id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  company_external_id text not null,
  name text not null,
  -- The vendor's own class, and the meter that counts it.
  class text not null,
  meter text,
  last_seen_at bigint,
  content_hash bytea not null,
  seen_run uuid not null,
  removed_at bigint,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
);
create index device_company on device (org_id, connection_id, company_external_id);
select protect_tenant('device');
