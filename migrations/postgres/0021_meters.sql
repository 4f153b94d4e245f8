-- Meters of the organization's own, which no vendor counts, and what was read on them.

create table meter (
  org_id uuid not null references organization (id),
  id uuid not null,
  -- As rules and items name it.
  code text not null,
  name text not null,
  -- What one of it is: device, mailbox, gigabyte.
  unit text not null,
  -- active | archived
  status text not null,
  version bigint not null default 1,
  created_at bigint not null,
  primary key (org_id, id),
  unique (org_id, code)
);
select protect_tenant('meter');

-- What a meter showed for a client on a day. A correction is a new row; the old one is kept.
create table meter_reading (
  org_id uuid not null,
  id uuid not null,
  meter_id uuid not null,
  client_id uuid not null,
  taken_on text not null,
  value bigint not null,
  recorded_at bigint not null,
  recorded_by uuid,
  -- Since when another reading of the same day stands in its place.
  corrected_at bigint,
  primary key (org_id, id),
  foreign key (org_id, meter_id) references meter (org_id, id),
  foreign key (org_id, client_id) references client (org_id, id)
);
select protect_tenant('meter_reading');
create unique index meter_reading_now on meter_reading (org_id, meter_id, client_id, taken_on) where corrected_at is null;
create index meter_reading_client on meter_reading (org_id, client_id, taken_on);
