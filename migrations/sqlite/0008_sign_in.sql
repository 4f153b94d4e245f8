-- Tokens, second factors and how a session came to be: one session for web, phone and API.

-- Keys that sign access tokens. The newest signs; the public half of older ones stays until every
-- token by them has expired.
create table signing_key (
  id blob primary key,
  sealed_private blob not null,
  -- The point on P-256, uncompressed: 0x04, x, y.
  public_key blob not null,
  created_at integer not null,
  retired_at integer
) strict;

-- Refresh tokens by their hash. Each is used once, and the next follows from it and the
-- installation's key, so that a client that lost the answer gets the same one again.
create table refresh_token (
  hash blob primary key,
  session_id blob not null references session (id) on delete cascade,
  created_at integer not null,
  used_at integer
) strict;
create index refresh_token_session on refresh_token (session_id);

alter table session add column aal text not null default 'aal1';
-- How the person was recognised, newest first: [{"method", "timestamp"}].
alter table session add column amr text not null default '[]';

alter table person add column email_confirmed_at integer;
alter table person add column last_sign_in_at integer;
alter table person add column updated_at integer not null default 0;
-- What the person says of themselves (JSON object); nothing is ever decided by it.
alter table person add column user_metadata text not null default '{}';

create table factor (
  id blob primary key,
  person_id blob not null references person (id) on delete cascade,
  -- totp
  kind text not null,
  friendly_name text not null,
  -- unverified | verified
  status text not null,
  sealed_secret blob not null,
  -- The last time step whose code was taken: a code is good once.
  last_step integer,
  created_at integer not null,
  updated_at integer not null,
  last_challenged_at integer
) strict;
create unique index factor_name on factor (person_id, friendly_name);

create table factor_challenge (
  id blob primary key,
  factor_id blob not null references factor (id) on delete cascade,
  address text not null,
  created_at integer not null
) strict;
create index factor_challenge_factor on factor_challenge (factor_id);
