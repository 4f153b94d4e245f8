-- Invoices that the ledger makes by itself again and again, as last synced.

create table repeating_invoice (
  org_id blob not null,
  id blob not null,
  connection_id blob not null,
  external_id text not null,
  contact_external_id text not null,
  contact_name text not null,
  reference text not null,
  -- What people know it by: its reference, else its first line.
  name text not null,
  -- DRAFT | AUTHORISED: what its invoices begin as.
  status text not null,
  currency text not null,
  -- Every so many units: WEEKLY | MONTHLY.
  period integer not null,
  unit text not null,
  starts_on text,
  next_on text,
  ends_on text,
  -- Whether another invoice will come of it.
  is_active integer not null,
  subtotal_minor integer not null,
  tax_minor integer not null,
  total_minor integer not null,
  -- Lines (item code, description, quantity, price, net, tax, tax type, account), as JSON.
  lines text not null,
  search_key text not null,
  content_hash blob not null,
  seen_run blob not null,
  removed_at integer,
  -- Why it bills something else than we do, said by whom and when; a sync leaves this alone.
  not_ours_reason text,
  not_ours_by blob,
  not_ours_at integer,
  primary key (org_id, id),
  unique (org_id, connection_id, external_id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
) strict;
create index repeating_invoice_by_contact
  on repeating_invoice (org_id, connection_id, contact_external_id);
