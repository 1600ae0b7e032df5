-- What answers show of the catalogue: written by the fold in the transaction that moves the version, so that one version
-- has one answer. The catalogue's own tables may be ahead by what catalogue_changes holds.

-- An older ingest may be at work: its fold (the lock is the fold's) ends first.
select pg_advisory_xact_lock(7265302);

-- A row for each post in post_stats. The others are queued, as are titles that change while this runs; who reads or puts
-- posts does not wait for it.
create table shown_posts (
  post_id integer primary key,
  title   text
);
insert into shown_posts
select post_id, title from posts join post_stats using (post_id) order by post_id;

-- From here until the end nobody reads an answer or writes the catalogue. In the order in which readers and writers take
-- them, so that none holds one and waits for another.
lock table stats in access exclusive mode;
lock table authors, posts in share row exclusive mode;

-- A change names its post or its author. An older ingest would take changes and show none of them: with another column's
-- name its folds fail, until the newer ingest has replaced it.
alter table catalogue_changes rename change_id to change_number;
alter table catalogue_changes add author_id integer;

create function queue_author_changes() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into catalogue_changes (author_id) select author_id from new_rows order by author_id;
  return null;
end $$;

drop trigger authors_queued on authors;
drop function queue_author_change();
create trigger authors_queued after insert on authors referencing new table as new_rows for each statement execute function queue_author_changes();
create trigger authors_requeued after update on authors referencing new table as new_rows for each statement execute function queue_author_changes();
-- Authors are all copied below, queued or not.
delete from catalogue_changes where post_id is null;
alter table catalogue_changes add check (num_nonnulls(post_id, author_id) = 1);

create table shown_authors (
  author_id       integer primary key,
  name            text not null,
  author_category text not null
);
insert into shown_authors
select author_id, name, author_category from authors order by author_id;
analyze shown_authors, shown_posts;

create or replace view author_performance as
with averages as (
  select s.author_id, a.name, a.author_category as category,
         s.posts_90d as posts, s.engagements_90d as engagements,
         round(s.engagements_90d::numeric / s.posts_90d, 2) as average
  from author_stats s
  join shown_authors a using (author_id)
  where s.posts_90d > 0
),
categories as (
  select category,
         round((percentile_cont(0.5) within group (order by average::double precision))::numeric, 4) as median,
         round((percentile_cont(0.75) within group (order by average::double precision))::numeric, 4) as third_quartile
  from averages
  group by category
)
select author_id, name, category, posts, engagements, average, median, third_quartile,
       case when posts >= 10 and average < median then 'High Volume, Low Engagement'
            when posts >= 10 and average >= third_quartile then 'High Volume, High Engagement'
            when posts < 5 and average >= third_quartile then 'Low Volume, High Quality'
            else 'Average' end as segment,
       case when posts >= 10 and average < median then round((median - average) * posts)::bigint
            else 0 end as opportunity_score
from averages
join categories using (category);

-- The catalogue's row counts, as of the version.
alter table stats
  add authors bigint not null default 0,
  add posts bigint not null default 0,
  add users bigint not null default 0;

update stats
set version = greatest(version + 1, floor(extract(epoch from clock_timestamp()) * 1000)::bigint),
    authors = (select rows from catalogue_counts where kind = 'authors'),
    posts = (select rows from catalogue_counts where kind = 'posts'),
    users = (select rows from catalogue_counts where kind = 'users');
