-- Who has to agree before a draft counts as approved, and what a person changed on it.

-- What an organization asks for; no row asks for nothing.
create table approval_rules (
  org_id uuid not null primary key references organization (id) on delete cascade,
  -- A share × 10⁶: an invoice that differs from the last by more needs two people.
  change_share bigint,
  -- Whether approving above the limits asks for a fresh factor.
  asks_factor boolean not null,
  version bigint not null default 1
);
select protect_tenant('approval_rules');

-- An invoice above it, tax included, needs two people.
create table approval_limit (
  org_id uuid not null references organization (id) on delete cascade,
  currency text not null,
  limit_minor bigint not null,
  primary key (org_id, currency)
);
select protect_tenant('approval_limit');

-- One of the two must be among these people; none named means anybody who may approve.
create table approver (
  org_id uuid not null references organization (id) on delete cascade,
  person_id uuid not null,
  primary key (org_id, person_id)
);
select protect_tenant('approver');

-- While somebody is away: who approves in their place, through which day.
create table stand_in (
  org_id uuid not null references organization (id) on delete cascade,
  person_id uuid not null,
  stand_in_id uuid not null,
  through_on text not null,
  primary key (org_id, person_id)
);
select protect_tenant('stand_in');

-- Everybody's agreement with what a draft said then. One that says the same still, and is a draft,
-- waits for another person.
create table draft_approval (
  org_id uuid not null,
  id uuid not null,
  generated_invoice_id uuid not null,
  person_id uuid not null,
  -- The approver who had asked them to stand in.
  in_place_of uuid,
  content_hash bytea not null,
  -- The Owner's reason for overriding the rules.
  override_reason text,
  created_at bigint not null,
  primary key (org_id, id),
  unique (org_id, generated_invoice_id, person_id, content_hash),
  foreign key (org_id, generated_invoice_id) references generated_invoice (org_id, id) on delete cascade
);
select protect_tenant('draft_approval');

-- For the team's eyes only.
alter table generated_invoice add column note text;

-- What the contract made of a line whose amount a person changed.
alter table generated_line add column agreed_minor bigint;
-- The charge that waited for this line's draft.
alter table generated_line add column one_off_id uuid;
-- A person typed the amount.
alter table generated_line add column by_hand boolean not null default false;

-- Drafts are made by themselves so many days ahead; null leaves it to people.
alter table organization add column drafts_ahead_days bigint;
