-- Who has to agree before a draft counts as approved, and what a person changed on it.

-- What an organization asks for; no row asks for nothing.
create table approval_rules (
  org_id blob not null primary key references organization (id) on delete cascade,
  -- A share × 10⁶: an invoice that differs from the last by more needs two people.
  change_share integer,
  -- Whether approving above the limits asks for a fresh factor.
  asks_factor integer not null,
  version integer not null default 1
) strict;

-- An invoice above it, tax included, needs two people.
create table approval_limit (
  org_id blob not null references organization (id) on delete cascade,
  currency text not null,
  limit_minor integer not null,
  primary key (org_id, currency)
) strict;

-- One of the two must be among these people; none named means anybody who may approve.
create table approver (
  org_id blob not null references organization (id) on delete cascade,
  person_id blob not null,
  primary key (org_id, person_id)
) strict;

-- While somebody is away: who approves in their place, through which day.
create table stand_in (
  org_id blob not null references organization (id) on delete cascade,
  person_id blob not null,
  stand_in_id blob not null,
  through_on text not null,
  primary key (org_id, person_id)
) strict;

-- Everybody's agreement with what a draft said then. One that says the same still, and is a draft,
-- waits for another person.
create table draft_approval (
  org_id blob not null,
  id blob not null,
  generated_invoice_id blob not null,
  person_id blob not null,
  -- The approver who had asked them to stand in.
  in_place_of blob,
  content_hash blob not null,
  -- The Owner's reason for overriding the rules.
  override_reason text,
  created_at integer not null,
  primary key (org_id, id),
  unique (org_id, generated_invoice_id, person_id, content_hash),
  foreign key (org_id, generated_invoice_id) references generated_invoice (org_id, id) on delete cascade
) strict;

-- For the team's eyes only.
alter table generated_invoice add column note text;

-- What the contract made of a line whose amount a person changed.
alter table generated_line add column agreed_minor integer;
-- The charge that waited for this line's draft.
alter table generated_line add column one_off_id blob;
-- A person typed the amount.
alter table generated_line add column by_hand integer not null default 0;

-- Drafts are made by themselves so many days ahead; null leaves it to people.
alter table organization add column drafts_ahead_days integer;
