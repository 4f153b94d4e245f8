-- The organization, its people, their sessions; jobs and what must survive between processes.

create table organization (
  id blob primary key,
  name text not null,
  slug text not null unique,
  currency text not null,
  time_zone text not null,
  -- Billing policies (JSON, named and versioned; `billing::policy`).
  policy text not null,
  -- Everything else a person can choose for the organization (JSON).
  settings text not null,
  version integer not null default 1,
  created_at integer not null
) strict;

create table person (
  id blob primary key,
  email text not null unique,
  name text not null,
  password_hash text,
  disabled_at integer,
  version integer not null default 1,
  created_at integer not null
) strict;

create table membership (
  org_id blob not null references organization (id) on delete cascade,
  person_id blob not null references person (id) on delete cascade,
  role text not null,
  created_at integer not null,
  primary key (org_id, person_id)
) strict;

create table session (
  id blob primary key,
  -- Of the cookie or API token; null where only access tokens are used.
  token_hash blob unique,
  person_id blob not null references person (id) on delete cascade,
  org_id blob not null references organization (id) on delete cascade,
  kind text not null,
  created_at integer not null,
  last_active_at integer not null,
  expires_at integer not null,
  -- When a factor (password, later passkey or TOTP) was last shown: the step-up clock.
  factor_at integer not null,
  user_agent text not null,
  address text not null,
  revoked_at integer
) strict;
create index session_person on session (person_id);

-- Counters of a window: sign-in attempts, calls of one address.
create table rate_window (
  key text primary key,
  started_at integer not null,
  used integer not null,
  blocked_until integer not null default 0
) strict;

-- Until when nobody calls a vendor's account, because the vendor said so.
create table vendor_budget (
  vendor text not null,
  tenant text not null,
  blocked_until integer not null,
  -- minute | day | concurrent | busy
  blocked_by text not null,
  primary key (vendor, tenant)
) strict;

-- The calls of the last day to a vendor's account, by all processes together.
create table vendor_call (
  vendor text not null,
  tenant text not null,
  id integer not null,
  at integer not null,
  -- 1, or as many as others have made, where only the number is known.
  calls integer not null,
  -- While a call is under way: when it is given up for lost.
  open_until integer,
  primary key (vendor, tenant, id)
) strict;
create index vendor_call_recent on vendor_call (vendor, tenant, at);

create table job (
  id blob primary key,
  kind text not null,
  org_id blob,
  payload text not null,
  -- At most one job of a key waits or runs.
  dedup_key text,
  -- Jobs of one lane run one after another (all syncs of one connection).
  lane text,
  state text not null,
  attempts integer not null default 0,
  run_at integer not null,
  lease_until integer,
  lease_owner text,
  started_at integer,
  finished_at integer,
  last_error text,
  created_at integer not null
) strict;
create index job_due on job (run_at, id) where state = 'queued';
create index job_running on job (lease_until) where state = 'running';
create unique index job_dedup on job (kind, dedup_key) where state = 'queued' and dedup_key is not null;
create index job_of_org on job (org_id, created_at);

create table schedule (
  name text primary key,
  last_run_at integer not null
) strict;

create table inbound_webhook (
  id blob primary key,
  org_id blob not null,
  connection_id blob not null,
  vendor text not null,
  -- What makes a repeated delivery the same one.
  dedup_key text not null unique,
  body blob not null,
  received_at integer not null,
  processed_at integer
) strict;

-- Where a vendor's webhook address leads: the secret part of the address, hashed.
create table webhook_address (
  token_hash blob primary key,
  org_id blob not null references organization (id) on delete cascade,
  connection_id blob not null,
  vendor text not null,
  -- The vendor's own id of the account: one app's deliveries may be about several.
  account_ref text
) strict;
create index webhook_address_account on webhook_address (vendor, account_ref);

-- A consent page the person was sent to and has not come back from.
create table consent_request (
  state_hash blob primary key,
  org_id blob not null references organization (id) on delete cascade,
  person_id blob not null,
  vendor text not null,
  created_at integer not null
) strict;

create table idempotency (
  org_id blob not null references organization (id) on delete cascade,
  person_id blob not null,
  key text not null,
  request_hash blob not null,
  status integer not null,
  body blob not null,
  created_at integer not null,
  primary key (org_id, person_id, key)
) strict;

create table audit (
  org_id blob not null references organization (id) on delete cascade,
  id blob not null,
  at integer not null,
  person_id blob,
  action text not null,
  subject_kind text not null,
  subject_id blob,
  detail text not null,
  primary key (org_id, id)
) strict;
create index audit_subject on audit (org_id, subject_id, id);

create table connection (
  org_id blob not null references organization (id) on delete cascade,
  id blob not null,
  vendor text not null,
  name text not null,
  -- connected | needs_attention | disconnected
  state text not null,
  -- What is wrong and what to do, for a person.
  problem text,
  -- The vendor's own id of the account (Xero tenant, NinjaOne region).
  account_ref text,
  settings text not null,
  sealed_credentials blob,
  sealed_tokens blob,
  tokens_version integer not null default 0,
  -- Who renews the tokens at this moment, and until when the others wait for it.
  tokens_lock blob,
  tokens_locked_until integer,
  connected_by blob,
  connected_at integer not null,
  last_synced_at integer,
  version integer not null default 1,
  primary key (org_id, id)
) strict;

create table sync_run (
  org_id blob not null,
  id blob not null,
  connection_id blob not null,
  -- full | delta
  mode text not null,
  -- queued | running | done | failed
  state text not null,
  requested_by blob,
  started_at integer not null,
  finished_at integer,
  step text not null,
  steps_done integer not null default 0,
  steps_total integer not null default 0,
  records_read integer not null default 0,
  added integer not null default 0,
  changed integer not null default 0,
  removed integer not null default 0,
  -- Records that could not be read, with their ids (JSON).
  broken text not null,
  problem text,
  primary key (org_id, id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
) strict;
create index sync_run_recent on sync_run (org_id, connection_id, started_at);
create index sync_run_unfinished on sync_run (org_id, connection_id) where state in ('queued', 'running');

create table sync_cursor (
  org_id blob not null,
  connection_id blob not null,
  stream text not null,
  -- Where the next page of the running sync begins; null between runs.
  cursor text,
  run_id blob,
  -- A delta reads what changed since here.
  watermark integer,
  primary key (org_id, connection_id, stream),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
) strict;

create table sync_change (
  org_id blob not null,
  run_id blob not null,
  stream text not null,
  external_id text not null,
  -- added | changed | removed
  change text not null,
  name text not null,
  primary key (org_id, run_id, stream, external_id)
) strict;
