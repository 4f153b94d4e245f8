-- Months that were closed, and what is handed to whoever looks at the books.

create table month_end (
  org_id uuid not null references organization (id),
  -- The month's first day.
  month_on text not null,
  -- closed | reopened
  state text not null,
  note text not null,
  -- What was open and acknowledged when it was closed, one a line.
  acknowledged text not null,
  closed_by uuid not null,
  closed_at bigint not null,
  -- Why it was opened again.
  reason text,
  version bigint not null default 1,
  primary key (org_id, month_on)
);
select protect_tenant('month_end');

create table evidence_pack (
  org_id uuid not null references organization (id),
  id uuid not null,
  month_on text not null,
  -- queued | ready | failed
  state text not null,
  requested_by uuid not null,
  requested_at bigint not null,
  ready_at bigint,
  problem text,
  -- The archive, its hash and how many files are in it.
  content bytea,
  sha256 text,
  files bigint,
  primary key (org_id, id)
);
select protect_tenant('evidence_pack');
create index evidence_pack_month on evidence_pack (org_id, month_on, id);
