-- Making the drafts of many clients, a few at a time.

create table draft_run (
  org_id blob not null references organization (id),
  id blob not null,
  -- queued | running | stopping | done | stopped | failed
  state text not null,
  -- Everything that can be charged by this day.
  as_of text not null,
  -- The organization's day when it began, which invoices may be dated.
  begun_on text not null,
  -- How many clients there were when it began.
  clients integer not null,
  looked_at integer not null default 0,
  drafts integer not null default 0,
  -- It goes on after this client.
  last_client_id blob,
  -- What could not be worked out, one sentence a line.
  problems text not null default '',
  -- Null where nobody asked: it was made ahead.
  started_by blob,
  started_at integer not null,
  ended_at integer,
  -- Why it failed, for a person.
  problem text,
  primary key (org_id, id)
) strict;
create index draft_run_started on draft_run (org_id, started_at, id);
