-- One's own account: codes for the day the phone is lost, and what happened to it.

-- Each stands once in place of a code of the authenticator app.
create table recovery_code (
  -- By the installation's key.
  hash blob primary key,
  person_id blob not null references person (id) on delete cascade,
  used_at integer
) strict;
create index recovery_code_person on recovery_code (person_id);

create table account_event (
  id blob primary key,
  person_id blob not null references person (id) on delete cascade,
  kind text not null,
  -- What it was done with: a way to sign in, the name of a factor.
  detail text not null,
  at integer not null,
  user_agent text not null,
  address text not null
) strict;
create index account_event_person on account_event (person_id, at, id);

-- Since when a session stands on a device its person had not used before, until they have seen so.
alter table session add column new_device_since integer;
