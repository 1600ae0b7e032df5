-- What lists of posts and authors are searched, sorted and followed by; and withdrawn posts leave the top lists.

-- An older ingest may be at work: its fold (the lock is the fold's) ends first, and shown_posts stands still while it is
-- copied. Who reads goes on meanwhile.
select pg_advisory_xact_lock(7265302);

-- A text as it is compared in a search: compatibility forms resolved (NFKD), without combining marks, in lower case. By
-- ICU where the server has it: the database's own collation may know ASCII letters only.
do $do$
declare
  by_icu constant text := case when to_regcollation('pg_catalog."und-x-icu"') is null then '' else ' collate pg_catalog."und-x-icu"' end;
begin
  execute format($f$
    create function fold_text(value text) returns text language sql immutable strict parallel safe as $body$
      select lower(regexp_replace(normalize(value, NFKD), '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]', '', 'g')%s)
    $body$ $f$, by_icu);
end $do$;

create table shown_posts_next (
  post_id       integer primary key,
  title         text,
  external_id   text,
  url           text,
  withdrawn     boolean not null default false,
  changed_after bigint not null default 0, -- the version before the one that shows the last change, of the post's mapping too
  folded        text generated always as (fold_text(title)) stored
);
insert into shown_posts_next (post_id, title, external_id, url, withdrawn)
select post_id, title, external_id, url, withdrawn from shown_posts order by post_id;
create index shown_posts_by_change on shown_posts_next (changed_after, post_id);
-- Posts without a title come last.
create index shown_posts_by_title on shown_posts_next ((left(coalesce(folded, U&'\+10FFFF'), 200) collate "C"), post_id);

-- Any part of a title is found by its trigrams. The extension comes with PostgreSQL, and is trusted; without it a search
-- reads all titles.
do $$
begin
  create extension if not exists pg_trgm;
exception
  when insufficient_privilege or undefined_file or feature_not_supported then
    raise warning 'the extension pg_trgm was not made (%): a search reads all titles', sqlerrm;
end $$;
do $$
declare
  trigrams text;
begin
  select format('%I.%I', n.nspname, c.opcname) into trigrams
  from pg_opclass c
  join pg_namespace n on n.oid = c.opcnamespace
  where c.opcname = 'gin_trgm_ops';
  if trigrams is not null then
    execute format('create index shown_posts_by_trigrams on shown_posts_next using gin (folded %s)', trigrams);
  end if;
end $$;
analyze shown_posts_next;

-- The posts whose counts each fold moved, for a few minutes: whoever keeps counts in memory reads only these anew.
create table folded_posts (
  version  bigint primary key,
  post_ids integer[] not null
);
alter table folded_posts alter post_ids set storage external;

-- From here on no answer is read.
lock table stats in access exclusive mode;
drop table shown_posts;
alter table shown_posts_next rename to shown_posts;
alter index shown_posts_next_pkey rename to shown_posts_pkey;

alter table shown_authors
  add changed_after bigint not null default 0,
  add folded text generated always as (fold_text(name)) stored;
create index shown_authors_by_change on shown_authors (changed_after, author_id);

-- As in shown_posts: a withdrawn post is in no top list, and everything else counts it.
alter table post_stats add withdrawn boolean not null default false;
update post_stats set withdrawn = true where post_id in (select post_id from shown_posts where withdrawn);
delete from top_candidates where post_id in (select post_id from shown_posts where withdrawn);
