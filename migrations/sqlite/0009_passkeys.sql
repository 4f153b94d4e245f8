-- Passkeys: keys of a person's devices that sign them in.

create table passkey (
  id blob primary key,
  person_id blob not null references person (id) on delete cascade,
  credential_id blob not null,
  -- COSE, as the device wrote it.
  public_key blob not null,
  -- How often the device said it has signed; it never goes back.
  sign_count integer not null,
  name text not null,
  -- Kept in a person's account, not in one device alone.
  is_synced integer not null,
  created_at integer not null,
  last_used_at integer
) strict;
create unique index passkey_credential on passkey (credential_id);
create index passkey_person on passkey (person_id);

-- What a device is asked to sign, once. One of a session registers a passkey there; one of none
-- signs somebody in.
create table passkey_challenge (
  id blob primary key,
  challenge blob not null,
  session_id blob references session (id) on delete cascade,
  expires_at integer not null
) strict;
create index passkey_challenge_expiry on passkey_challenge (expires_at);

-- What was done with a passkey; it outlives the passkey.
create table passkey_event (
  id blob primary key,
  person_id blob not null references person (id) on delete cascade,
  passkey_id blob not null,
  name text not null,
  -- added | used | renamed | removed | went_back
  kind text not null,
  at integer not null,
  user_agent text not null,
  address text not null
) strict;
create index passkey_event_person on passkey_event (person_id, at);
