-- What BillingOne writes into the ledger beside invoices: credit notes of ours, and payments that
-- a person says have come in.

create table generated_credit_note (
  org_id uuid not null,
  id uuid not null,
  -- From our series, taken when posting begins.
  number text,
  client_id uuid not null,
  -- The invoice of ours that it credits; null for a free one.
  generated_invoice_id uuid,
  currency text not null,
  -- draft | approved | posting | posted | allocated | rejected | void
  status text not null,
  issued_on text not null,
  reason text not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  total_minor bigint not null,
  -- How much of it is set against invoices in the ledger.
  allocated_minor bigint not null default 0,
  -- Hash of all that the client will see; an approval is bound to it.
  content_hash bytea not null,
  approved_hash bytea,
  approved_by uuid,
  approved_at bigint,
  posted_by uuid,
  -- queued | sent_unknown | refused | created | compared | authorised | done
  post_state text,
  -- Rises only after a definite refusal.
  post_attempt bigint not null default 0,
  connection_id uuid,
  ledger_external_id text,
  ledger_status text,
  -- What is wrong and what to do, for a person.
  problem text,
  search_key text not null,
  version bigint not null default 1,
  created_at bigint not null,
  primary key (org_id, id),
  foreign key (org_id, client_id) references client (org_id, id),
  foreign key (org_id, generated_invoice_id) references generated_invoice (org_id, id)
);
create unique index generated_credit_note_number on generated_credit_note (org_id, number) where number is not null;
create index generated_credit_note_list on generated_credit_note (org_id, status, issued_on, id);
create index generated_credit_note_invoice on generated_credit_note (org_id, generated_invoice_id);
select protect_tenant('generated_credit_note');

create table generated_credit_line (
  org_id uuid not null,
  id uuid not null,
  credit_note_id uuid not null,
  position bigint not null,
  -- The line that it credits; null on a free one.
  generated_line_id uuid,
  description text not null,
  item_code text,
  -- As they go out to the ledger.
  quantity bigint not null,
  unit_price bigint not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  tax_type text not null,
  tax_rate bigint not null,
  account_code text not null,
  primary key (org_id, id),
  foreign key (org_id, credit_note_id) references generated_credit_note (org_id, id) on delete cascade
);
create index generated_credit_line_note on generated_credit_line (org_id, credit_note_id, position);
create index generated_credit_line_source on generated_credit_line (org_id, generated_line_id);
select protect_tenant('generated_credit_line');

-- Payments that BillingOne books in the ledger on invoices of ours.
create table generated_payment (
  org_id uuid not null,
  id uuid not null,
  generated_invoice_id uuid not null,
  account_external_id text not null,
  account_name text not null,
  paid_on text not null,
  amount_minor bigint not null,
  reference text not null,
  -- queued | sent_unknown | refused | booked
  state text not null,
  ledger_external_id text,
  -- What is wrong and what to do, for a person.
  problem text,
  person_id uuid not null,
  created_at bigint not null,
  primary key (org_id, id),
  foreign key (org_id, generated_invoice_id) references generated_invoice (org_id, id) on delete cascade
);
create index generated_payment_invoice on generated_payment (org_id, generated_invoice_id, id);
select protect_tenant('generated_payment');

-- Whether payments can be booked on it although it is no bank account.
alter table ledger_account add column takes_payments boolean not null default false;
