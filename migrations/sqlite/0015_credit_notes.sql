-- What BillingOne writes into the ledger beside invoices: credit notes of ours, and payments that
-- a person says have come in.

create table generated_credit_note (
  org_id blob not null,
  id blob not null,
  -- From our series, taken when posting begins.
  number text,
  client_id blob not null,
  -- The invoice of ours that it credits; null for a free one.
  generated_invoice_id blob,
  currency text not null,
  -- draft | approved | posting | posted | allocated | rejected | void
  status text not null,
  issued_on text not null,
  reason text not null,
  net_minor integer not null,
  tax_minor integer not null,
  total_minor integer not null,
  -- How much of it is set against invoices in the ledger.
  allocated_minor integer not null default 0,
  -- Hash of all that the client will see; an approval is bound to it.
  content_hash blob not null,
  approved_hash blob,
  approved_by blob,
  approved_at integer,
  posted_by blob,
  -- queued | sent_unknown | refused | created | compared | authorised | done
  post_state text,
  -- Rises only after a definite refusal.
  post_attempt integer not null default 0,
  connection_id blob,
  ledger_external_id text,
  ledger_status text,
  -- What is wrong and what to do, for a person.
  problem text,
  search_key text not null,
  version integer not null default 1,
  created_at integer not null,
  primary key (org_id, id),
  foreign key (org_id, client_id) references client (org_id, id),
  foreign key (org_id, generated_invoice_id) references generated_invoice (org_id, id)
) strict;
create unique index generated_credit_note_number on generated_credit_note (org_id, number) where number is not null;
create index generated_credit_note_list on generated_credit_note (org_id, status, issued_on, id);
create index generated_credit_note_invoice on generated_credit_note (org_id, generated_invoice_id);

create table generated_credit_line (
  org_id blob not null,
  id blob not null,
  credit_note_id blob not null,
  position integer not null,
  -- The line that it credits; null on a free one.
  generated_line_id blob,
  description text not null,
  item_code text,
  -- As they go out to the ledger.
  quantity integer not null,
  unit_price integer not null,
  net_minor integer not null,
  tax_minor integer not null,
  tax_type text not null,
  tax_rate integer not null,
  account_code text not null,
  primary key (org_id, id),
  foreign key (org_id, credit_note_id) references generated_credit_note (org_id, id) on delete cascade
) strict;
create index generated_credit_line_note on generated_credit_line (org_id, credit_note_id, position);
create index generated_credit_line_source on generated_credit_line (org_id, generated_line_id);

-- Payments that BillingOne books in the ledger on invoices of ours.
create table generated_payment (
  org_id blob not null,
  id blob not null,
  generated_invoice_id blob not null,
  account_external_id text not null,
  account_name text not null,
  paid_on text not null,
  amount_minor integer not null,
  reference text not null,
  -- queued | sent_unknown | refused | booked
  state text not null,
  ledger_external_id text,
  -- What is wrong and what to do, for a person.
  problem text,
  person_id blob not null,
  created_at integer not null,
  primary key (org_id, id),
  foreign key (org_id, generated_invoice_id) references generated_invoice (org_id, id) on delete cascade
) strict;
create index generated_payment_invoice on generated_payment (org_id, generated_invoice_id, id);

-- Whether payments can be booked on it although it is no bank account.
alter table ledger_account add column takes_payments integer not null default 0;
