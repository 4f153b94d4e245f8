-- Links sent by e-mail: to set a forgotten password, and to join an organization. The secret of a
-- link follows from its id and the installation's key and is stored nowhere.
create table email_link (
  id uuid primary key,
  -- recovery | invitation
  kind text not null,
  person_id uuid not null references person (id) on delete cascade,
  -- Of an invitation: where to, as what, and by whom.
  org_id uuid references organization (id) on delete cascade,
  role text,
  invited_by uuid references person (id) on delete set null,
  -- Where an app that asked for the link goes on.
  redirect_to text,
  created_at bigint not null,
  expires_at bigint not null,
  sent_at bigint,
  used_at bigint,
  withdrawn_at bigint
);
create index email_link_person on email_link (person_id);
create index email_link_org on email_link (org_id);
