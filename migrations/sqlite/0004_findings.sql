-- The last reconciliation and what it found.

create table reconciliation_row (
  org_id blob not null,
  client_id blob not null,
  catalog_item_id blob not null,
  service_on text not null,
  -- The six numbers, × 10⁶; null is "no source", never zero.
  bought integer,
  assigned integer,
  deployed integer,
  contracted integer,
  invoiced integer,
  paid integer,
  variance integer,
  primary key (org_id, client_id, catalog_item_id),
  foreign key (org_id, client_id) references client (org_id, id) on delete cascade,
  foreign key (org_id, catalog_item_id) references catalog_item (org_id, id) on delete cascade
) strict;

create table reconcile_run (
  org_id blob not null,
  id blob not null,
  service_on text not null,
  started_at integer not null,
  finished_at integer not null,
  clients integer not null,
  found integer not null,
  changed integer not null,
  healed integer not null,
  primary key (org_id, id)
) strict;

create table finding (
  org_id blob not null,
  id blob not null,
  -- Kind and subject (`money.md` 10): the same leak is the same finding for ever.
  identity text not null,
  kind text not null,
  -- The subject in the MSP's own references: `C007/M365-BP`.
  subject text not null,
  client_id blob,
  catalog_item_id blob,
  contract_line_id blob,
  -- The line that was added to settle it.
  applied_line_id blob,
  -- What the vendor calls the company or product, where it is nobody's yet.
  title text not null,
  -- to_bill | to_give_back | cost
  side text not null,
  severity text not null,
  severity_rank integer not null,
  impact_minor integer not null,
  -- Impact in the organization's currency where a rate is known; sorts lists.
  rank_minor integer not null,
  currency text not null,
  estimated integer not null,
  one_off_minor integer,
  -- open | snoozed | ignored | reviewed | applied | closed
  state text not null,
  snoozed_until text,
  -- What a person accepted by ignoring or applying; it comes back only if it outgrows this.
  accepted_impact_minor integer,
  reason text,
  runs_open integer not null default 0,
  -- What was seen, as data (`billing::finding`), JSON.
  evidence text not null,
  content_hash blob not null,
  first_seen_on text not null,
  last_seen_at integer not null,
  closed_at integer,
  closed_why text,
  search_key text not null,
  version integer not null default 1,
  primary key (org_id, id),
  unique (org_id, identity),
  foreign key (org_id, client_id) references client (org_id, id) on delete cascade
) strict;
create index finding_list on finding (org_id, state, severity_rank, rank_minor);
create index finding_client on finding (org_id, client_id);

create table finding_event (
  org_id blob not null,
  id blob not null,
  finding_id blob not null,
  at integer not null,
  person_id blob,
  -- found | changed | snoozed | woke | ignored | reviewed | applied | undone | closed | reopened
  kind text not null,
  detail text not null,
  primary key (org_id, id),
  foreign key (org_id, finding_id) references finding (org_id, id) on delete cascade
) strict;
create index finding_event_finding on finding_event (org_id, finding_id, id);
