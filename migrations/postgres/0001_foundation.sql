-- The organization, its people, their sessions; jobs and what must survive between processes.

-- Row-level security: the second wall behind `org_id` in every statement. Unset sees nothing.
create function protect_tenant(target regclass) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    'create policy tenant on %s using (org_id = nullif(current_setting(''billingone.org'', true), '''')::uuid) '
    'with check (org_id = nullif(current_setting(''billingone.org'', true), '''')::uuid)', target);
end $$;

create table organization (
  id uuid primary key,
  name text not null,
  slug text not null unique,
  currency text not null,
  time_zone text not null,
  -- Billing policies (JSON, named and versioned; `billing::policy`).
  policy text not null,
  -- Everything else a person can choose for the organization (JSON).
  settings text not null,
  version bigint not null default 1,
  created_at bigint not null
);

create table person (
  id uuid primary key,
  email text not null unique,
  name text not null,
  password_hash text,
  disabled_at bigint,
  version bigint not null default 1,
  created_at bigint not null
);

create table membership (
  org_id uuid not null references organization (id) on delete cascade,
  person_id uuid not null references person (id) on delete cascade,
  role text not null,
  created_at bigint not null,
  primary key (org_id, person_id)
);

create table session (
  id uuid primary key,
  -- Of the cookie or API token; null where only access tokens are used.
  token_hash bytea unique,
  person_id uuid not null references person (id) on delete cascade,
  org_id uuid not null references organization (id) on delete cascade,
  kind text not null,
  created_at bigint not null,
  last_active_at bigint not null,
  expires_at bigint not null,
  -- When a factor (password, later passkey or TOTP) was last shown: the step-up clock.
  factor_at bigint not null,
  user_agent text not null,
  address text not null,
  revoked_at bigint
);
create index session_person on session (person_id);

-- Counters of a window: sign-in attempts, calls of one address.
create table rate_window (
  key text primary key,
  started_at bigint not null,
  used bigint not null,
  blocked_until bigint not null default 0
);

-- Until when nobody calls a vendor's account, because the vendor said so.
create table vendor_budget (
  vendor text not null,
  tenant text not null,
  blocked_until bigint not null,
  -- minute | day | concurrent | busy
  blocked_by text not null,
  primary key (vendor, tenant)
);

-- The calls of the last day to a vendor's account, by all processes together.
create table vendor_call (
  vendor text not null,
  tenant text not null,
  id bigint not null,
  at bigint not null,
  -- 1, or as many as others have made, where only the number is known.
  calls bigint not null,
  -- While a call is under way: when it is given up for lost.
  open_until bigint,
  primary key (vendor, tenant, id)
);
create index vendor_call_recent on vendor_call (vendor, tenant, at);

create table job (
  id uuid primary key,
  kind text not null,
  org_id uuid,
  payload text not null,
  -- At most one job of a key waits or runs.
  dedup_key text,
  -- Jobs of one lane run one after another (all syncs of one connection).
  lane text,
  state text not null,
  attempts bigint not null default 0,
  run_at bigint not null,
  lease_until bigint,
  lease_owner text,
  started_at bigint,
  finished_at bigint,
  last_error text,
  created_at bigint not null
);
create index job_due on job (run_at, id) where state = 'queued';
create index job_running on job (lease_until) where state = 'running';
create unique index job_dedup on job (kind, dedup_key) where state = 'queued' and dedup_key is not null;
create index job_of_org on job (org_id, created_at);

create table schedule (
  name text primary key,
  last_run_at bigint not null
);

create table inbound_webhook (
  id uuid primary key,
  org_id uuid not null,
  connection_id uuid not null,
  vendor text not null,
  -- What makes a repeated delivery the same one.
  dedup_key text not null unique,
  body bytea not null,
  received_at bigint not null,
  processed_at bigint
);

-- Where a vendor's webhook address leads: the secret part of the address, hashed.
create table webhook_address (
  token_hash bytea primary key,
  org_id uuid not null references organization (id) on delete cascade,
  connection_id uuid not null,
  vendor text not null,
  -- The vendor's own id of the account: one app's deliveries may be about several.
  account_ref text
);
create index webhook_address_account on webhook_address (vendor, account_ref);

-- A consent page the person was sent to and has not come back from.
create table consent_request (
  state_hash bytea primary key,
  org_id uuid not null references organization (id) on delete cascade,
  person_id uuid not null,
  vendor text not null,
  created_at bigint not null
);

create table idempotency (
  org_id uuid not null references organization (id) on delete cascade,
  person_id uuid not null,
  key text not null,
  request_hash bytea not null,
  status bigint not null,
  body bytea not null,
  created_at bigint not null,
  primary key (org_id, person_id, key)
);
select protect_tenant('idempotency');

create table audit (
  org_id uuid not null references organization (id) on delete cascade,
  id uuid not null,
  at bigint not null,
  person_id uuid,
  action text not null,
  subject_kind text not null,
  subject_id uuid,
  detail text not null,
  primary key (org_id, id)
);
create index audit_subject on audit (org_id, subject_id, id);
select protect_tenant('audit');

create table connection (
  org_id uuid not null references organization (id) on delete cascade,
  id uuid not null,
  vendor text not null,
  name text not null,
  -- connected | needs_attention | disconnected
  state text not null,
  -- What is wrong and what to do, for a person.
  problem text,
  -- The vendor's own id of the account (Xero tenant, NinjaOne region).
  account_ref text,
  settings text not null,
  sealed_credentials bytea,
  sealed_tokens bytea,
  tokens_version bigint not null default 0,
  -- Who renews the tokens at this moment, and until when the others wait for it.
  tokens_lock uuid,
  tokens_locked_until bigint,
  connected_by uuid,
  connected_at bigint not null,
  last_synced_at bigint,
  version bigint not null default 1,
  primary key (org_id, id)
);
select protect_tenant('connection');

create table sync_run (
  org_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  -- full | delta
  mode text not null,
  -- queued | running | done | failed
  state text not null,
  requested_by uuid,
  started_at bigint not null,
  finished_at bigint,
  step text not null,
  steps_done bigint not null default 0,
  steps_total bigint not null default 0,
  records_read bigint not null default 0,
  added bigint not null default 0,
  changed bigint not null default 0,
  removed bigint not null default 0,
  -- Records that could not be read, with their ids (JSON).
  broken text not null,
  problem text,
  primary key (org_id, id),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
);
create index sync_run_recent on sync_run (org_id, connection_id, started_at);
create index sync_run_unfinished on sync_run (org_id, connection_id) where state in ('queued', 'running');
select protect_tenant('sync_run');

create table sync_cursor (
  org_id uuid not null,
  connection_id uuid not null,
  stream text not null,
  -- Where the next page of the running sync begins; null between runs.
  cursor text,
  run_id uuid,
  -- A delta reads what changed since here.
  watermark bigint,
  primary key (org_id, connection_id, stream),
  foreign key (org_id, connection_id) references connection (org_id, id) on delete cascade
);
select protect_tenant('sync_cursor');

create table sync_change (
  org_id uuid not null,
  run_id uuid not null,
  stream text not null,
  external_id text not null,
  -- added | changed | removed
  change text not null,
  name text not null,
  primary key (org_id, run_id, stream, external_id)
);
select protect_tenant('sync_change');
