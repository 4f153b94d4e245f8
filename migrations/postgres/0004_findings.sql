-- The last reconciliation and what it found.

create table reconciliation_row (
  org_id uuid not null,
  client_id uuid not null,
  catalog_item_id uuid not null,
  service_on text not null,
  -- The six numbers, × 10⁶; null is "no source", never zero.
  bought bigint,
  assigned bigint,
  deployed bigint,
  contracted bigint,
  invoiced bigint,
  paid bigint,
  variance bigint,
  primary key (org_id, client_id, catalog_item_id),
  foreign key (org_id, client_id) references client (org_id, id) on delete cascade,
  foreign key (org_id, catalog_item_id) references catalog_item (org_id, id) on delete cascade
);
select protect_tenant('reconciliation_row');

create table reconcile_run (
  org_id uuid not null,
  id uuid not null,
  service_on text not null,
  started_at bigint not null,
  finished_at bigint not null,
  clients bigint not null,
  found bigint not null,
  changed bigint not null,
  healed bigint not null,
  primary key (org_id, id)
);
select protect_tenant('reconcile_run');

create table finding (
  org_id uuid not null,
  id uuid not null,
  -- Kind and subject (`money.md` 10): the same leak is the same finding for ever.
  identity text not null,
  kind text not null,
  -- The subject in the MSP's own references: `C007/M365-BP`.
  subject text not null,
  client_id uuid,
  catalog_item_id uuid,
  contract_line_id uuid,
  -- The line that was added to settle it.
  applied_line_id uuid,
  -- What the vendor calls the company or product, where it is nobody's yet.
  title text not null,
  -- to_bill | to_give_back | cost
  side text not null,
  severity text not null,
  severity_rank bigint not null,
  impact_minor bigint not null,
  -- Impact in the organization's currency where a rate is known; sorts lists.
  rank_minor bigint not null,
  currency text not null,
  estimated boolean not null,
  one_off_minor bigint,
  -- open | snoozed | ignored | reviewed | applied | closed
  state text not null,
  snoozed_until text,
  -- What a person accepted by ignoring or applying; it comes back only if it outgrows this.
  accepted_impact_minor bigint,
  reason text,
  runs_open bigint not null default 0,
  -- What was seen, as data (`billing::finding`), JSON.
  evidence text not null,
  content_hash bytea not null,
  first_seen_on text not null,
  last_seen_at bigint not null,
  closed_at bigint,
  closed_why text,
  search_key text not null,
  version bigint not null default 1,
  primary key (org_id, id),
  unique (org_id, identity),
  foreign key (org_id, client_id) references client (org_id, id) on delete cascade
);
create index finding_list on finding (org_id, state, severity_rank, rank_minor);
create index finding_client on finding (org_id, client_id);
select protect_tenant('finding');

create table finding_event (
  org_id uuid not null,
  id uuid not null,
  finding_id uuid not null,
  at bigint not null,
  person_id uuid,
  -- found | changed | snoozed | woke | ignored | reviewed | applied | undone | closed | reopened
  kind text not null,
  detail text not null,
  primary key (org_id, id),
  foreign key (org_id, finding_id) references finding (org_id, id) on delete cascade
);
create index finding_event_finding on finding_event (org_id, finding_id, id);
select protect_tenant('finding_event');
