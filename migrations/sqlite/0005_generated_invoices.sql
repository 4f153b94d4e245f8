-- Drafts that BillingOne made, until and after they are posted.

create table number_series (
  org_id blob not null references organization (id) on delete cascade,
  name text not null,
  prefix text not null,
  next integer not null,
  primary key (org_id, name)
) strict;

create table generated_invoice (
  org_id blob not null,
  id blob not null,
  -- From our series, taken when posting begins.
  number text,
  client_id blob not null,
  contract_id blob,
  currency text not null,
  -- draft | approved | posting | posted | part_paid | paid | rejected | void
  status text not null,
  issued_on text not null,
  due_on text,
  reference text not null,
  net_minor integer not null,
  tax_minor integer not null,
  total_minor integer not null,
  -- Hash of all that the client will see; an approval is bound to it.
  content_hash blob not null,
  approved_hash blob,
  approved_by blob,
  approved_at integer,
  posted_by blob,
  -- queued | sent_unknown | refused | created | compared | done
  post_state text,
  -- Rises only after a definite refusal.
  post_attempt integer not null default 0,
  connection_id blob,
  ledger_external_id text,
  ledger_status text,
  -- What is wrong and what to do, for a person.
  problem text,
  -- `billing::draft` stops and holds, JSON.
  stops text not null,
  holds text not null,
  search_key text not null,
  version integer not null default 1,
  created_at integer not null,
  primary key (org_id, id),
  foreign key (org_id, client_id) references client (org_id, id),
  foreign key (org_id, contract_id) references contract (org_id, id)
) strict;
create unique index generated_invoice_number on generated_invoice (org_id, number) where number is not null;
create index generated_invoice_list on generated_invoice (org_id, status, issued_on, id);

create table generated_line (
  org_id blob not null,
  id blob not null,
  generated_invoice_id blob not null,
  position integer not null,
  contract_line_id blob,
  coverage_id blob,
  description text not null,
  item_code text,
  quantity integer not null,
  unit_price integer not null,
  -- What goes out to the ledger as quantity and price (exactly, or one of the total).
  sent_quantity integer not null,
  sent_unit_amount integer not null,
  net_minor integer not null,
  tax_minor integer not null,
  tax_type text not null,
  tax_rate integer not null,
  account_code text not null,
  starts_on text,
  ends_on text,
  charge_kind text not null,
  -- `billing::quantity::Counted` as JSON, where the quantity was counted.
  counted text,
  -- `billing::explanation` as JSON: enough to recompute the line.
  explanation text not null,
  primary key (org_id, id),
  foreign key (org_id, generated_invoice_id) references generated_invoice (org_id, id) on delete cascade
) strict;
create index generated_line_invoice on generated_line (org_id, generated_invoice_id, position);

-- Charges that wait for the next draft of a client: bill-backs, one-offs from findings.
create table one_off (
  org_id blob not null,
  id blob not null,
  client_id blob not null,
  contract_line_id blob,
  finding_id blob,
  description text not null,
  item_code text,
  quantity integer not null,
  unit_price integer not null,
  net_minor integer not null,
  currency text not null,
  tax_type text not null,
  account_code text not null,
  starts_on text,
  ends_on text,
  explanation text not null,
  -- waiting | drafted | posted | withdrawn
  state text not null,
  generated_invoice_id blob,
  created_at integer not null,
  primary key (org_id, id),
  foreign key (org_id, client_id) references client (org_id, id)
) strict;
create index one_off_waiting on one_off (org_id, client_id) where state = 'waiting';
