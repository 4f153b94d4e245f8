-- Making the drafts of many clients, a few at a time.

create table draft_run (
  org_id uuid not null references organization (id),
  id uuid not null,
  -- queued | running | stopping | done | stopped | failed
  state text not null,
  -- Everything that can be charged by this day.
  as_of text not null,
  -- The organization's day when it began, which invoices may be dated.
  begun_on text not null,
  -- How many clients there were when it began.
  clients bigint not null,
  looked_at bigint not null default 0,
  drafts bigint not null default 0,
  -- It goes on after this client.
  last_client_id uuid,
  -- What could not be worked out, one sentence a line.
  problems text not null default '',
  -- Null where nobody asked: it was made ahead.
  started_by uuid,
  started_at bigint not null,
  ended_at bigint,
  -- Why it failed, for a person.
  problem text,
  primary key (org_id, id)
);
select protect_tenant('draft_run');
create index draft_run_started on draft_run (org_id, started_at, id);
