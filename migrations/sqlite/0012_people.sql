-- Links sent by e-mail: to set a forgotten password, and to join an organization. The secret of a
-- link follows from its id and the installation's key and is stored nowhere.
create table email_link (
  id blob primary key,
  -- recovery | invitation
  kind text not null,
  person_id blob not null references person (id) on delete cascade,
  -- Of an invitation: where to, as what, and by whom.
  org_id blob references organization (id) on delete cascade,
  role text,
  invited_by blob references person (id) on delete set null,
  -- Where an app that asked for the link goes on.
  redirect_to text,
  created_at integer not null,
  expires_at integer not null,
  sent_at integer,
  used_at integer,
  withdrawn_at integer
) strict;
create index email_link_person on email_link (person_id);
create index email_link_org on email_link (org_id);
