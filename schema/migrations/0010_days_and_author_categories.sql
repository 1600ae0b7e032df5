-- So that every read is flat and no fold follows history: sums by day beside those by quarter hour, the open quarter
-- hour of an author and category in a row of its own, the top posts of all time, and each category's top author.

-- An older ingest may be at work: its fold (the lock is the fold's) ends first. What it has pruned meanwhile is older
-- than storage_rules.quarters_from, and not looked at below.
select pg_advisory_xact_lock(7265302);

-- Per author and category of the author's posts: all time, and the quarter hour that was open when the pair was last
-- engaged in the open one (null before that), as post_stats has it of a post. Closed when the pair is engaged in a
-- newer one that is open, or gains or loses a post's history.
create table author_categories (
  author_id integer not null, category text not null,
  posts integer not null default 0, engagements bigint not null default 0,
  open_quarter integer,
  open_views integer not null default 0, open_likes integer not null default 0,
  open_comments integer not null default 0, open_shares integer not null default 0,
  primary key (author_id, category)
) with (fillfactor = 45, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);
create index author_categories_by_category on author_categories (category);

insert into author_categories (author_id, category, posts, engagements)
select author_id, category, count(*), sum(views + likes + comments + shares)
from post_stats
group by author_id, category
order by author_id, category;

-- All but what stands in the pairs' own rows. By author and time first: the last year of an author with a long history
-- is one range of the index.
alter table author_quarters rename to closed_author_quarters;
alter table closed_author_quarters drop constraint author_quarters_pkey;
alter table closed_author_quarters add primary key (author_id, quarter, category);

-- An author's quarter hour may have two rows a category, which add up. The filter stands outside, so that either table
-- is read by its index.
create view author_quarters as
select author_id, category, quarter, views, likes, comments, shares
from (select author_id, category, quarter, views, likes, comments, shares from closed_author_quarters
      union all
      select author_id, category, open_quarter, open_views, open_likes, open_comments, open_shares
      from author_categories) either
where quarter is not null;

-- The sums of closed_quarters and closed_author_quarters by UTC day. day = days since the epoch.
create table closed_post_days (
  post_id integer not null, day integer not null,
  views integer not null, likes integer not null, comments integer not null, shares integer not null,
  primary key (post_id, day)
) with (fillfactor = 70, autovacuum_vacuum_cost_delay = 0);

create table closed_author_days (
  author_id integer not null, day integer not null,
  views integer not null, likes integer not null, comments integer not null, shares integer not null,
  primary key (author_id, day)
) with (fillfactor = 70, autovacuum_vacuum_cost_delay = 0);

insert into closed_post_days
select post_id, quarter / 96, sum(views), sum(likes), sum(comments), sum(shares)
from closed_quarters
where quarter >= (select quarters_from from storage_rules)
group by 1, 2
order by 1, 2;

insert into closed_author_days
select author_id, quarter / 96, sum(views), sum(likes), sum(comments), sum(shares)
from closed_author_quarters
where quarter >= (select quarters_from from storage_rules)
group by 1, 2
order by 1, 2;

-- A day may have several rows, which add up: the closed quarter hours, and each one that is open.
create view post_days as
select post_id, day, views, likes, comments, shares
from (select post_id, day, views, likes, comments, shares from closed_post_days
      union all
      select post_id, open_quarter / 96, open_views, open_likes, open_comments, open_shares from post_stats) either
where day is not null;

create view author_days as
select author_id, day, views, likes, comments, shares
from (select author_id, day, views, likes, comments, shares from closed_author_days
      union all
      select author_id, open_quarter / 96, open_views, open_likes, open_comments, open_shares
      from author_categories) either
where day is not null;

-- A fourth list: the posts with the most engagements of all time.
alter table top_candidates drop constraint top_candidates_window_name_check;
alter table top_candidates add check (window_name in ('5m', '1h', '24h', 'all'));
alter table top_floors drop constraint top_floors_window_name_check;
alter table top_floors add check (window_name in ('5m', '1h', '24h', 'all'));
alter table top_floors alter count type bigint;

with best as (
  select post_id, views + likes + comments + shares as count,
         row_number() over (order by views + likes + comments + shares desc, post_id) as place
  from post_stats
  where views + likes + comments + shares > 0
), kept as (
  insert into top_candidates (window_name, post_id)
  select 'all', post_id from best where place <= 400
)
insert into top_floors (window_name, count, post_id)
select 'all', coalesce(max(count), 0), coalesce(max(post_id), 0) from best where place = 401;

-- The author with the most engagements on the category's posts, without any too; the lower id where several have.
alter table category_stats add top_author_id integer, add top_author_engagements bigint not null default 0;

update category_stats c
set top_author_id = best.author_id, top_author_engagements = best.engagements
from (select distinct on (category) category, author_id, engagements
      from author_categories
      order by category, engagements desc, author_id) best
where best.category = c.category;
