-- Shapes of contracts to begin from, terms that were renewed, and rises on the anniversary.

create table contract_template (
  org_id blob not null,
  id blob not null,
  name text not null,
  name_key text not null,
  description text not null,
  cycle text not null,
  timing text not null,
  -- How long a term is, in months; null has no end.
  term_months integer,
  -- Null is the client's.
  currency text,
  purchase_order text,
  -- `features::contracts::LineInput`s as JSON, without what only a contract can say.
  lines text not null,
  -- active | archived
  status text not null,
  version integer not null default 1,
  created_at integer not null,
  primary key (org_id, id)
) strict;
create index contract_template_name on contract_template (org_id, name_key);

create table contract_renewal (
  org_id blob not null,
  id blob not null,
  contract_id blob not null,
  -- The first day of the new term, and the first day after it.
  starts_on text not null,
  ends_on text not null,
  person_id blob,
  recorded_at integer not null,
  primary key (org_id, id),
  foreign key (org_id, contract_id) references contract (org_id, id) on delete cascade
) strict;
create index contract_renewal_contract on contract_renewal (org_id, contract_id, starts_on);

-- What a contract agreed of rises on its anniversaries.
create table contract_uplift (
  org_id blob not null,
  contract_id blob not null,
  announce_days integer not null,
  -- Anniversaries after this day.
  since_on text not null,
  version integer not null default 1,
  primary key (org_id, contract_id),
  foreign key (org_id, contract_id) references contract (org_id, id) on delete cascade
) strict;

create table contract_uplift_line (
  org_id blob not null,
  contract_id blob not null,
  line_id blob not null,
  -- percent | amount
  kind text not null,
  -- In per cent, or per unit.
  value integer not null,
  primary key (org_id, line_id),
  foreign key (org_id, contract_id) references contract_uplift (org_id, contract_id) on delete cascade,
  foreign key (org_id, line_id) references contract_line (org_id, id) on delete cascade
) strict;
create index contract_uplift_line_contract on contract_uplift_line (org_id, contract_id);

-- What was decided of one rise of one line.
create table contract_uplift_decision (
  org_id blob not null,
  line_id blob not null,
  effective_on text not null,
  -- confirmed | skipped
  decision text not null,
  -- The price event that it became.
  event_id blob,
  person_id blob,
  decided_at integer not null,
  primary key (org_id, line_id, effective_on),
  foreign key (org_id, line_id) references contract_line (org_id, id) on delete cascade
) strict;

-- When a period was put on a draft or found to be nothing, and the first day of what was invoiced
-- then: changes known by then and before that day were taken into account.
alter table coverage add column known_at integer;
alter table coverage add column window_on text;
