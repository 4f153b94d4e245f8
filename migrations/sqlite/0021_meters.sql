-- Meters of the organization's own, which no vendor counts, and what was read on them.

create table meter (
  org_id blob not null references organization (id),
  id blob not null,
  -- As rules and items name it.
  code text not null,
  name text not null,
  -- What one of it is: device, mailbox, gigabyte.
  unit text not null,
  -- active | archived
  status text not null,
  version integer not null default 1,
  created_at integer not null,
  primary key (org_id, id),
  unique (org_id, code)
) strict;

-- What a meter showed for a client on a day. A correction is a new row; the old one is kept.
create table meter_reading (
  org_id blob not null,
  id blob not null,
  meter_id blob not null,
  client_id blob not null,
  taken_on text not null,
  value integer not null,
  recorded_at integer not null,
  recorded_by blob,
  -- Since when another reading of the same day stands in its place.
  corrected_at integer,
  primary key (org_id, id),
  foreign key (org_id, meter_id) references meter (org_id, id),
  foreign key (org_id, client_id) references client (org_id, id)
) strict;
create unique index meter_reading_now on meter_reading (org_id, meter_id, client_id, taken_on) where corrected_at is null;
create index meter_reading_client on meter_reading (org_id, client_id, taken_on);
