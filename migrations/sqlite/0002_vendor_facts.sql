-- What vendors say, as last read. Keyed by the vendor's own ids; linked to clients and catalog items.

create table client (
  org_id blob not null references organization (id) on delete cascade,
  id blob not null,
  -- The MSP's own number for the client.
  reference text not null,
  name text not null,
  -- Normalised for search and sorting (`features::clients::name_key`).
  name_key text not null,
  currency text not null,
  -- The MSP itself: what it bought for its own use is never billed.
  own_use integer not null,
  -- active | archived
  status text not null,
  web_domain text,
  email_domain text,
  version integer not null default 1,
  created_at integer not null,
  primary key (org_id, id),
  unique (org_id, reference)
) strict;
create index client_by_name on client (org_id, name_key, id);

create table vendor_company (
  org_id blob not null,
  connection_id blob not null,
  external_id text not null,
  name text not null,
  name_key text not null,
  -- The id that the MSP gave the record in the vendor's system (Pax8 externalId, Xero ContactNumber).
  own_ref text,
  web_domain text,
  email_domain text,
  currency text,
  status text not null,
  content_hash blob not null,
  seen_run blob not null,
  removed_at integer,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
) strict;

create table client_link (
  org_id blob not null,
  connection_id blob not null,
  external_id text not null,
  client_id blob,
  -- mapped | suggested | unmapped | ignored
  state text not null,
  -- 0 to 100, of a suggestion.
  score integer not null default 0,
  reason text not null,
  decided_by blob,
  decided_at integer,
  version integer not null default 1,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade,
  foreign key (org_id, client_id) references client (org_id, id)
) strict;
create index client_link_client on client_link (org_id, client_id);

create table catalog_item (
  org_id blob not null references organization (id) on delete cascade,
  id blob not null,
  code text not null,
  name text not null,
  name_key text not null,
  description text not null,
  currency text not null,
  unit_price integer not null,
  unit_cost integer,
  tax_type text not null,
  account_code text not null,
  -- The meter whose count is compared with it; null for what no tool counts.
  meter text,
  -- active | archived
  status text not null,
  version integer not null default 1,
  created_at integer not null,
  primary key (org_id, id),
  unique (org_id, code)
) strict;

create table vendor_product (
  org_id blob not null,
  connection_id blob not null,
  external_id text not null,
  name text not null,
  name_key text not null,
  vendor_name text not null,
  sku text not null,
  content_hash blob not null,
  seen_run blob not null,
  removed_at integer,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
) strict;

create table catalog_link (
  org_id blob not null,
  connection_id blob not null,
  external_id text not null,
  catalog_item_id blob,
  -- mapped | suggested | unmapped | ignored
  state text not null,
  score integer not null default 0,
  reason text not null,
  decided_by blob,
  decided_at integer,
  version integer not null default 1,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade,
  foreign key (org_id, catalog_item_id) references catalog_item (org_id, id)
) strict;
create index catalog_link_item on catalog_link (org_id, catalog_item_id);

create table subscription (
  org_id blob not null,
  id blob not null,
  connection_id blob not null,
  external_id text not null,
  company_external_id text not null,
  product_external_id text not null,
  -- Set for a part of a bundle.
  parent_external_id text,
  product_name text not null,
  quantity integer not null,
  -- What the client pays a unit, by Pax8; per billing term.
  unit_price integer not null,
  -- What the MSP pays a unit; per billing term.
  unit_cost integer not null,
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
  vendor_updated_at integer,
  -- The cost before the last rise, and the day it changed.
  previous_unit_cost integer,
  cost_changed_on text,
  ordered_by text,
  search_key text not null,
  content_hash blob not null,
  seen_run blob not null,
  removed_at integer,
  primary key (org_id, id),
  unique (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
) strict;
create index subscription_company on subscription (org_id, connection_id, company_external_id);

create table subscription_event (
  org_id blob not null,
  subscription_id blob not null,
  happened_at integer not null,
  -- As the vendor tells it: what the subscription looked like from then on.
  quantity integer not null,
  unit_price integer not null,
  unit_cost integer not null,
  status text not null,
  primary key (org_id, subscription_id, happened_at),
  foreign key (org_id, subscription_id) references subscription (org_id, id) on delete cascade
) strict;

create table vendor_bill (
  org_id blob not null,
  id blob not null,
  connection_id blob not null,
  external_id text not null,
  number text not null,
  billed_on text not null,
  due_on text,
  -- Unpaid | Paid | Void | Carried | Nothing Due | Credited, or the vendor's newest word.
  status text not null,
  -- actual | predicted
  kind text not null,
  currency text not null,
  total_minor integer not null,
  balance_minor integer not null,
  -- The bill that takes the place of this credited one, once a person or certainty said so.
  replaced_by blob,
  content_hash blob not null,
  seen_run blob not null,
  removed_at integer,
  primary key (org_id, id),
  unique (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
) strict;

create table vendor_bill_line (
  org_id blob not null,
  bill_id blob not null,
  line_no integer not null,
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
  quantity integer not null,
  unit_price integer not null,
  unit_cost integer not null,
  price_total_minor integer not null,
  cost_total_minor integer not null,
  currency text not null,
  primary key (org_id, bill_id, line_no),
  foreign key (org_id, bill_id) references vendor_bill (org_id, id) on delete cascade
) strict;
create index vendor_bill_line_subscription on vendor_bill_line (org_id, subscription_external_id);

create table invoice (
  org_id blob not null,
  id blob not null,
  connection_id blob not null,
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
  currency_rate integer,
  subtotal_minor integer not null,
  tax_minor integer not null,
  total_minor integer not null,
  paid_minor integer not null,
  credited_minor integer not null,
  due_minor integer not null,
  fully_paid_on text,
  vendor_updated_at integer,
  search_key text not null,
  content_hash blob not null,
  seen_run blob not null,
  removed_at integer,
  primary key (org_id, id),
  unique (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
) strict;
create index invoice_by_date on invoice (org_id, issued_on, id);
create index invoice_by_contact on invoice (org_id, connection_id, contact_external_id, issued_on);
create index invoice_open on invoice (org_id, due_on) where due_minor > 0;
create index invoice_by_number on invoice (org_id, number);

create table invoice_line (
  org_id blob not null,
  invoice_id blob not null,
  line_no integer not null,
  description text not null,
  item_code text,
  quantity integer not null,
  unit_price integer not null,
  -- Without tax, after discount.
  net_minor integer not null,
  tax_minor integer not null,
  tax_type text not null,
  account_code text not null,
  primary key (org_id, invoice_id, line_no),
  foreign key (org_id, invoice_id) references invoice (org_id, id) on delete cascade
) strict;

create table payment (
  org_id blob not null,
  connection_id blob not null,
  external_id text not null,
  invoice_external_id text,
  credit_note_external_id text,
  paid_on text not null,
  amount_minor integer not null,
  currency text,
  -- AUTHORISED | DELETED
  status text not null,
  content_hash blob not null,
  seen_run blob not null,
  removed_at integer,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
) strict;
create index payment_invoice on payment (org_id, connection_id, invoice_external_id);
create index payment_by_date on payment (org_id, paid_on);

create table credit_note (
  org_id blob not null,
  id blob not null,
  connection_id blob not null,
  external_id text not null,
  number text not null,
  contact_external_id text not null,
  status text not null,
  issued_on text not null,
  currency text not null,
  total_minor integer not null,
  remaining_minor integer not null,
  -- Lines (item code, quantity, net) and allocations (invoice, amount, date), as JSON.
  lines text not null,
  allocations text not null,
  content_hash blob not null,
  seen_run blob not null,
  removed_at integer,
  primary key (org_id, id),
  unique (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
) strict;

create table tax_rate (
  org_id blob not null,
  connection_id blob not null,
  external_id text not null,
  name text not null,
  -- A fraction of one × 10⁶: 20 % is 200,000.
  rate integer not null,
  status text not null,
  applies_to_revenue integer not null,
  content_hash blob not null,
  seen_run blob not null,
  removed_at integer,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
) strict;

create table ledger_account (
  org_id blob not null,
  connection_id blob not null,
  external_id text not null,
  code text not null,
  name text not null,
  type text not null,
  class text not null,
  tax_type text not null,
  status text not null,
  content_hash blob not null,
  seen_run blob not null,
  removed_at integer,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
) strict;

create table ledger_item (
  org_id blob not null,
  connection_id blob not null,
  external_id text not null,
  code text not null,
  name text not null,
  content_hash blob not null,
  seen_run blob not null,
  removed_at integer,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
) strict;

create table snapshot (
  org_id blob not null,
  id blob not null,
  connection_id blob not null,
  taken_at integer not null,
  taken_on text not null,
  complete integer not null,
  records integer not null,
  primary key (org_id, id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
) strict;
create index snapshot_recent on snapshot (org_id, connection_id, taken_at);

create table snapshot_count (
  org_id blob not null,
  snapshot_id blob not null,
  company_external_id text not null,
  meter text not null,
  count integer not null,
  primary key (org_id, snapshot_id, company_external_id, meter),
  foreign key (org_id, snapshot_id) references snapshot (org_id, id) on delete cascade
) strict;

create table device (
  org_id blob not null,
  connection_id blob not null,
  external_id text not null,
  company_external_id text not null,
  name text not null,
  -- The vendor's own class, and the meter that counts it.
  class text not null,
  meter text,
  last_seen_at integer,
  content_hash blob not null,
  seen_run blob not null,
  removed_at integer,
  primary key (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
) strict;
create index device_company on device (org_id, connection_id, company_external_id);
