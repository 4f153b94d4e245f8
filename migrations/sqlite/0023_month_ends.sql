-- Months that were closed, and what is handed to whoever looks at the books.

create table month_end (
  org_id blob not null references organization (id),
  -- The month's first day.
  month_on text not null,
  -- closed | reopened
  state text not null,
  note text not null,
  -- What was open and acknowledged when it was closed, one a line.
  acknowledged text not null,
  closed_by blob not null,
  closed_at integer not null,
  -- Why it was opened again.
  reason text,
  version integer not null default 1,
  primary key (org_id, month_on)
) strict;

create table evidence_pack (
  org_id blob not null references organization (id),
  id blob not null,
  month_on text not null,
  -- queued | ready | failed
  state text not null,
  requested_by blob not null,
  requested_at integer not null,
  ready_at integer,
  problem text,
  -- The archive, its hash and how many files are in it.
  content blob,
  sha256 text,
  files integer,
  primary key (org_id, id)
) strict;
create index evidence_pack_month on evidence_pack (org_id, month_on, id);
