-- Shapes of contracts to begin from, terms that were renewed, and rises on the anniversary.

create table contract_template (
  org_id uuid not null,
  id uuid not null,
  name text not null,
  name_key text not null,
  description text not null,
  cycle text not null,
  timing text not null,
  -- How long a term is, in months; null has no end.
  term_months bigint,
  -- Null is the client's.
  currency text,
  purchase_order text,
  -- `features::contracts::LineInput`s as JSON, without what only a contract can say.
  lines text not null,
  -- active | archived
  status text not null,
  version bigint not null default 1,
  created_at bigint not null,
  primary key (org_id, id)
);
create index contract_template_name on contract_template (org_id, name_key);
select protect_tenant('contract_template');

create table contract_renewal (
  org_id uuid not null,
  id uuid not null,
  contract_id uuid not null,
  -- The first day of the new term, and the first day after it.
  starts_on text not null,
  ends_on text not null,
  person_id uuid,
  recorded_at bigint not null,
  primary key (org_id, id),
  foreign key (org_id, contract_id) references contract (org_id, id) on delete cascade
);
create index contract_renewal_contract on contract_renewal (org_id, contract_id, starts_on);
select protect_tenant('contract_renewal');

-- What a contract agreed of rises on its anniversaries.
create table contract_uplift (
  org_id uuid not null,
  contract_id uuid not null,
  announce_days bigint not null,
  -- Anniversaries after this day.
  since_on text not null,
  version bigint not null default 1,
  primary key (org_id, contract_id),
  foreign key (org_id, contract_id) references contract (org_id, id) on delete cascade
);
select protect_tenant('contract_uplift');

create table contract_uplift_line (
  org_id uuid not null,
  contract_id uuid not null,
  line_id uuid not null,
  -- percent | amount
  kind text not null,
  -- In per cent, or per unit.
  value bigint not null,
  primary key (org_id, line_id),
  foreign key (org_id, contract_id) references contract_uplift (org_id, contract_id) on delete cascade,
  foreign key (org_id, line_id) references contract_line (org_id, id) on delete cascade
);
create index contract_uplift_line_contract on contract_uplift_line (org_id, contract_id);
select protect_tenant('contract_uplift_line');

-- What was decided of one rise of one line.
create table contract_uplift_decision (
  org_id uuid not null,
  line_id uuid not null,
  effective_on text not null,
  -- confirmed | skipped
  decision text not null,
  -- The price event that it became.
  event_id uuid,
  person_id uuid,
  decided_at bigint not null,
  primary key (org_id, line_id, effective_on),
  foreign key (org_id, line_id) references contract_line (org_id, id) on delete cascade
);
select protect_tenant('contract_uplift_decision');

-- When a period was put on a draft or found to be nothing, and the first day of what was invoiced
-- then: changes known by then and before that day were taken into account.
alter table coverage add column known_at bigint;
alter table coverage add column window_on text;
