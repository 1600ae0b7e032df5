-- A fold that fails does not grow: batches of counts have an order, so that a fold takes the oldest up to a bound. Posts
-- that no fold can count stand aside, with their counts, and hold up no other. The catalogue's tables have the bounds
-- that the API and the importer have.

-- An older ingest may be at work: its fold (the lock is the fold's) and its writes end first. Then the readers, who read
-- delta_batches or stats first, and the writers of the catalogue: a new post locks its author's row.
select pg_advisory_xact_lock(7265302);
lock table delta_batches in access exclusive mode;
lock table stats in access exclusive mode;
lock table authors in share row exclusive mode;
lock table posts in access exclusive mode;
lock table authors in access exclusive mode;

alter table delta_batches
  add batch_id bigint generated always as identity primary key,
  add counts integer not null generated always as (cardinality(post_ids)) stored,
  add constraint arrays_of_one_length check (
    cardinality(minutes) = cardinality(post_ids) and cardinality(views) = cardinality(post_ids) and
    cardinality(likes) = cardinality(post_ids) and cardinality(comments) = cardinality(post_ids) and
    cardinality(shares) = cardinality(post_ids));

-- Posts that no fold could count, or could not move to where the catalogue has them now. They are tried again when
-- their row of the catalogue changes, and from time to time.
create table set_aside_posts (
  post_id      integer primary key,
  sqlstate     text not null,
  message      text not null,
  holds_counts boolean not null,   -- whether its new counts are in set_aside_counts; else they count under the former mapping
  since        timestamptz not null default clock_timestamp(),
  tried_at     timestamptz not null default clock_timestamp()
);
create index set_aside_posts_by_trial on set_aside_posts (tried_at);

-- Their counts, which no rollup holds. Rollups + delta_batches + these = the stored engagements.
create table set_aside_counts (
  post_id integer not null, minute integer not null,
  views bigint not null, likes bigint not null, comments bigint not null, shares bigint not null,
  primary key (post_id, minute)
);

-- Counts and history stand under these ids.
create function refuse_new_id() returns trigger language plpgsql as $$
begin
  raise exception '% of % cannot be changed: engagements are counted under it', tg_argv[0], tg_table_name
    using errcode = 'restrict_violation';
end $$;
create trigger posts_keep_id before update of post_id on posts
  for each row when (old.post_id is distinct from new.post_id) execute function refuse_new_id('post_id');
alter table posts
  add constraint category_length check (length(category) between 1 and 200) not valid,
  add constraint title_length check (length(title) between 1 and 1000) not valid,
  add constraint content_length_range check (content_length >= 0) not valid,
  add constraint publish_timestamp_range check (publish_timestamp >= '0001-01-01 00:00Z' and publish_timestamp < '10000-01-01 00:00Z') not valid;

create trigger authors_keep_id before update of author_id on authors
  for each row when (old.author_id is distinct from new.author_id) execute function refuse_new_id('author_id');
alter table authors
  add constraint name_length check (length(name) between 1 and 200) not valid,
  add constraint author_category_length check (length(author_category) between 1 and 200) not valid,
  add constraint joined_date_range check (joined_date between '0001-01-01' and '9999-12-31') not valid;

-- Rows that were stored before stay as they are until they are changed; what has none is checked for good.
do $$
declare
  bound record;
  violations bigint;
  first_id integer;
begin
  for bound in
    select conrelid::regclass as relation, conname as name, pg_get_expr(conbin, conrelid) as expression,
           case conrelid when 'posts'::regclass then 'post_id' else 'author_id' end as key
    from pg_constraint
    where conrelid in ('authors'::regclass, 'posts'::regclass) and contype = 'c' and not convalidated
  loop
    execute format('select count(*), min(%I) from %s where not (%s)', bound.key, bound.relation, bound.expression)
      into violations, first_id;
    if violations = 0 then
      execute format('alter table %s validate constraint %I', bound.relation, bound.name);
    else
      raise warning '%: % rows do not meet % (%), the first is % %; mend them, then: alter table % validate constraint %',
        bound.relation, violations, bound.name, bound.expression, bound.key, first_id, bound.relation, bound.name;
    end if;
  end loop;
end $$;
