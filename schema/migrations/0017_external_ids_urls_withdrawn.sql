-- Posts and authors get the id that another system gives them and a URL; a post can be withdrawn. Answers show the
-- fold's copies, so that one version has one answer.

-- An older ingest may be at work: its fold (the lock is the fold's) and its writes end first. Then the readers, who read
-- delta_batches or stats first, and the writers of the catalogue: a new post locks its author's row.
select pg_advisory_xact_lock(7265302);
lock table delta_batches in access exclusive mode;
lock table stats in access exclusive mode;
lock table authors in share row exclusive mode;
lock table posts in access exclusive mode;
lock table authors in access exclusive mode;

alter table authors
  add external_id text check (length(external_id) between 1 and 200),
  add url text check (length(url) between 1 and 2000 and url ~* '^https?://[^[:space:][:cntrl:]]+$');
alter table posts
  add external_id text check (length(external_id) between 1 and 200),
  add url text check (length(url) between 1 and 2000 and url ~* '^https?://[^[:space:][:cntrl:]]+$'),
  add withdrawn_at timestamptz check (withdrawn_at >= '0001-01-01 00:00Z' and withdrawn_at < '10000-01-01 00:00Z');
create unique index authors_by_external_id on authors (external_id) where external_id is not null;
create unique index posts_by_external_id on posts (external_id) where external_id is not null;

-- An external id is set once. The function says which column cannot change.
create trigger authors_keep_external_id before update of external_id on authors
  for each row when (old.external_id is not null and old.external_id is distinct from new.external_id)
  execute function refuse_new_id('external_id');
create trigger posts_keep_external_id before update of external_id on posts
  for each row when (old.external_id is not null and old.external_id is distinct from new.external_id)
  execute function refuse_new_id('external_id');

alter table shown_authors add external_id text, add url text;
alter table shown_posts add external_id text, add url text, add withdrawn boolean not null default false;

-- An older ingest would take changes and not copy these columns. With another column's name its folds fail, until the
-- newer ingest has replaced it.
alter table catalogue_changes rename change_number to queue_number;
