-- What was agreed with clients, and which service periods it covers.

create table contract (
  org_id uuid not null,
  id uuid not null,
  reference text not null,
  client_id uuid not null,
  name text not null,
  name_key text not null,
  currency text not null,
  -- draft | active | ended
  status text not null,
  starts_on text not null,
  -- Exclusive; null rolls on for ever.
  ends_on text,
  -- First period billed here; nothing earlier is ever missing.
  bill_from text not null,
  -- weekly | monthly | quarterly | annual
  cycle text not null,
  -- advance | arrears
  timing text not null,
  purchase_order text,
  -- `billing::policy::Policy` as JSON, where it is not the organization's.
  policy text,
  version bigint not null default 1,
  created_at bigint not null,
  primary key (org_id, id),
  unique (org_id, reference),
  foreign key (org_id, client_id) references client (org_id, id)
);
create index contract_client on contract (org_id, client_id);
select protect_tenant('contract');

create table contract_line (
  org_id uuid not null,
  id uuid not null,
  contract_id uuid not null,
  reference text not null,
  position bigint not null,
  catalog_item_id uuid not null,
  description text not null,
  unit_price bigint not null,
  -- month | term
  price_per text not null,
  cycle text not null,
  timing text not null,
  -- `features::contracts::StoredRule` as JSON: the rule, and which meter it reads.
  quantity_rule text not null,
  tax_type text not null,
  account_code text not null,
  -- Periods are counted from here.
  anchor_on text not null,
  starts_on text not null,
  ends_on text,
  -- Since when the price is what it is.
  priced_on text not null,
  -- The quantity and monthly value on the day last looked at; null before the first look.
  quantity_now bigint,
  monthly_minor bigint,
  version bigint not null default 1,
  primary key (org_id, id),
  unique (org_id, reference),
  foreign key (org_id, contract_id) references contract (org_id, id) on delete cascade,
  foreign key (org_id, catalog_item_id) references catalog_item (org_id, id)
);
create index contract_line_contract on contract_line (org_id, contract_id, position);
select protect_tenant('contract_line');

-- The subscriptions a line takes its quantity from.
create table line_subscription (
  org_id uuid not null,
  line_id uuid not null,
  subscription_external_id text not null,
  -- It counts from this day; null from its own start.
  counts_from text,
  primary key (org_id, line_id, subscription_external_id),
  foreign key (org_id, line_id) references contract_line (org_id, id) on delete cascade
);
select protect_tenant('line_subscription');

-- What changed in a line and from when; never edited.
create table contract_event (
  org_id uuid not null,
  id uuid not null,
  line_id uuid not null,
  effective_on text not null,
  -- quantity | price | subscription | ended
  kind text not null,
  before_value bigint,
  after_value bigint,
  -- The subscription the line follows from then on.
  subscription_external_id text,
  -- next_period | from_now | bill_back | waive_past, where a finding was applied.
  applied_as text,
  finding_id uuid,
  person_id uuid,
  recorded_at bigint not null,
  undone_at bigint,
  primary key (org_id, id),
  foreign key (org_id, line_id) references contract_line (org_id, id) on delete cascade
);
create index contract_event_line on contract_event (org_id, line_id, effective_on);
select protect_tenant('contract_event');

create table coverage (
  org_id uuid not null,
  id uuid not null,
  line_id uuid not null,
  starts_on text not null,
  ends_on text not null,
  -- recurring | catch_up | usage | one_off
  charge_kind text not null,
  -- planned | drafted | posted | credited | nil | waived
  state text not null,
  generated_invoice_id uuid,
  -- The ledger's invoice, where the period was billed before BillingOne made invoices.
  invoice_id uuid,
  reason text,
  version bigint not null default 1,
  primary key (org_id, id),
  unique (org_id, line_id, starts_on, charge_kind),
  foreign key (org_id, line_id) references contract_line (org_id, id) on delete cascade
);
create index coverage_document on coverage (org_id, generated_invoice_id);
select protect_tenant('coverage');
