-- Tokens, second factors and how a session came to be: one session for web, phone and API.

-- Keys that sign access tokens. The newest signs; the public half of older ones stays until every
-- token by them has expired.
create table signing_key (
  id uuid primary key,
  sealed_private bytea not null,
  -- The point on P-256, uncompressed: 0x04, x, y.
  public_key bytea not null,
  created_at bigint not null,
  retired_at bigint
);

-- Refresh tokens by their hash. Each is used once, and the next follows from it and the
-- installation's key, so that a client that lost the answer gets the same one again.
create table refresh_token (
  hash bytea primary key,
  session_id uuid not null references session (id) on delete cascade,
  created_at bigint not null,
  used_at bigint
);
create index refresh_token_session on refresh_token (session_id);

alter table session add column aal text not null default 'aal1';
-- How the person was recognised, newest first: [{"method", "timestamp"}].
alter table session add column amr text not null default '[]';

alter table person add column email_confirmed_at bigint;
alter table person add column last_sign_in_at bigint;
alter table person add column updated_at bigint not null default 0;
-- What the person says of themselves (JSON object); nothing is ever decided by it.
alter table person add column user_metadata text not null default '{}';

create table factor (
  id uuid primary key,
  person_id uuid not null references person (id) on delete cascade,
  -- totp
  kind text not null,
  friendly_name text not null,
  -- unverified | verified
  status text not null,
  sealed_secret bytea not null,
  -- The last time step whose code was taken: a code is good once.
  last_step bigint,
  created_at bigint not null,
  updated_at bigint not null,
  last_challenged_at bigint
);
create unique index factor_name on factor (person_id, friendly_name);

create table factor_challenge (
  id uuid primary key,
  factor_id uuid not null references factor (id) on delete cascade,
  address text not null,
  created_at bigint not null
);
create index factor_challenge_factor on factor_challenge (factor_id);
