-- Whom and how to invoice, in whose name, and what was sent to whom.

-- How a client is invoiced: who it is by law, where letters go, and when it pays.
create table entity_profile (
  org_id uuid not null,
  client_id uuid not null,
  legal_name text not null,
  address text not null,
  tax_number text not null,
  contact_name text not null,
  email text not null,
  -- One a line.
  more_emails text not null,
  -- Null leaves what the ledger's contact says.
  terms_days bigint,
  -- invoice_date | end_of_month
  terms_from text,
  -- Nothing goes out without the client's purchase-order number.
  is_reference_required boolean not null,
  version bigint not null default 1,
  primary key (org_id, client_id),
  foreign key (org_id, client_id) references client (org_id, id)
);
select protect_tenant('entity_profile');

-- In whose name an organization writes to its clients.
create table letterhead (
  org_id uuid not null references organization (id),
  legal_name text not null,
  address text not null,
  tax_number text not null,
  email text not null,
  -- How to pay: bank, account, what to name.
  payment text not null,
  -- WebP.
  logo bytea,
  logo_hash text,
  version bigint not null default 1,
  primary key (org_id)
);
select protect_tenant('letterhead');

-- not_sent | queued | sent | failed: what became of the last letter.
alter table generated_invoice add column delivery text not null default 'not_sent';

-- Letters with an invoice. The id is also the letter's Message-ID.
create table delivery (
  org_id uuid not null,
  id uuid not null,
  generated_invoice_id uuid not null,
  -- queued | sent | failed
  state text not null,
  -- One a line.
  recipients text not null,
  subject text not null,
  body text not null,
  -- ledger | own: whose PDF goes along.
  document text not null,
  with_explanation boolean not null,
  requested_by uuid,
  requested_at bigint not null,
  settled_at bigint,
  -- Why it failed, for a person.
  problem text,
  primary key (org_id, id),
  foreign key (org_id, generated_invoice_id) references generated_invoice (org_id, id)
);
create index delivery_invoice on delivery (org_id, generated_invoice_id, id);
select protect_tenant('delivery');
