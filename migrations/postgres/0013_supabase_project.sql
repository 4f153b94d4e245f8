-- A Supabase project may keep the accounts. Its ids are kept as text, as its tokens name them.

-- The account that is this person's there.
alter table person add column project_account text;
create unique index person_project_account on person (project_account);

-- The session there that began this one; its tokens, sealed, where a browser of ours has them and
-- not an app; and when it was last known to stand.
alter table session add column project_session text;
alter table session add column project_tokens bytea;
alter table session add column project_checked_at bigint;
create unique index session_project on session (project_session);
