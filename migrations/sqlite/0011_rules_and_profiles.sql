-- What an organization asks of the sessions in it, and what people choose for themselves.

-- Whether everybody shows a second factor.
alter table organization add column mfa_required integer not null default 0;
-- Tighter than the installation's limits; null leaves those.
alter table organization add column session_hours integer;
alter table organization add column idle_minutes integer;
-- How old the last factor may be where something cannot be undone.
alter table organization add column step_up_minutes integer not null default 15;

-- Of the times on screen; null is the organization's.
alter table person add column time_zone text;
-- Of dates and numbers on screen.
alter table person add column locale text not null default 'en-GB';

create table avatar (
  person_id blob primary key references person (id) on delete cascade,
  -- WebP, square.
  image blob not null,
  -- Of the image's content.
  hash text not null
) strict;

-- Every request asks where else its person belongs.
create index membership_person on membership (person_id);
