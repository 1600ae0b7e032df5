-- The catalogue: who writes, what they wrote, who reads. Written by the API, the importer and the seed.

create table authors (
  author_id       integer primary key check (author_id > 0),
  name            text not null,
  joined_date     date,
  author_category text not null
);

create table posts (
  post_id           integer primary key check (post_id > 0),
  author_id         integer not null references authors,
  category          text not null,
  publish_timestamp timestamptz not null,
  title             text,
  content_length    integer,
  has_media         boolean
);
create index posts_by_author on posts (author_id);

create table users (
  user_id      integer primary key check (user_id > 0),
  signup_date  date,
  country      text,
  user_segment text
);

create table post_metadata (
  post_id     integer primary key references posts,
  tags        text[] not null default '{}',
  is_promoted boolean not null default false,
  language    text
);

-- What the next fold has to look at: a post (new, or changed in any way an answer shows), or null for an author.
-- Whoever writes the catalogue, the trigger queues it.
create table catalogue_changes (
  change_id bigint generated always as identity primary key,
  post_id   integer
);

-- Row counts of the catalogue, so that no answer has to count it.
create table catalogue_counts (
  kind text primary key check (kind in ('authors', 'posts', 'users')),
  rows bigint not null default 0
);
insert into catalogue_counts (kind) values ('authors'), ('posts'), ('users');

create function count_catalogue() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    update catalogue_counts set rows = rows + (select count(*) from new_rows) where kind = tg_table_name;
  else
    update catalogue_counts set rows = rows - (select count(*) from old_rows) where kind = tg_table_name;
  end if;
  return null;
end $$;

create function queue_post_changes() returns trigger language plpgsql as $$
begin
  insert into catalogue_changes (post_id) select post_id from new_rows order by post_id;
  return null;
end $$;

create function queue_author_change() returns trigger language plpgsql as $$
begin
  insert into catalogue_changes (post_id) values (null);
  return null;
end $$;

-- A post's engagements are counted for good, so the post stays.
create function refuse_deletion() returns trigger language plpgsql as $$
begin
  raise exception '% cannot be deleted: engagements are counted under them', tg_table_name
    using errcode = 'restrict_violation';
end $$;

create trigger authors_inserted after insert on authors referencing new table as new_rows for each statement execute function count_catalogue();
create trigger posts_inserted after insert on posts referencing new table as new_rows for each statement execute function count_catalogue();
create trigger users_inserted after insert on users referencing new table as new_rows for each statement execute function count_catalogue();
create trigger users_deleted after delete on users referencing old table as old_rows for each statement execute function count_catalogue();
create trigger posts_queued after insert on posts referencing new table as new_rows for each statement execute function queue_post_changes();
create trigger posts_requeued after update on posts referencing new table as new_rows for each statement execute function queue_post_changes();
create trigger authors_queued after insert or update on authors for each statement execute function queue_author_change();
create trigger authors_kept before delete or truncate on authors for each statement execute function refuse_deletion();
create trigger posts_kept before delete or truncate on posts for each statement execute function refuse_deletion();
