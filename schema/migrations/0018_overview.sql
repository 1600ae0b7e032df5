-- What the overview of the last hour asks: sums by minute, and how many posts were engaged, now and a week ago.

-- An older ingest may be at work: its fold (the lock is the fold's) ends first. It keeps none of these sums, and folds no more
-- since the migration before this one.
select pg_advisory_xact_lock(7265302);

-- Engagements by minute, by category and by author and category; zeros where a post's history has moved away. Both hold
-- every count from stats.summed_from on. Readers ask for some minutes, and old minutes leave first.
create table category_minutes (
  minute integer not null, category text not null,
  views bigint not null, likes bigint not null, comments bigint not null, shares bigint not null,
  primary key (minute, category)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);
create table author_minutes (
  minute integer not null, author_id integer not null, category text not null,
  views bigint not null, likes bigint not null, comments bigint not null, shares bigint not null,
  primary key (minute, author_id, category)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);
alter table stats add summed_from integer not null default 0;
update stats set summed_from = window_minute - 119;

insert into author_minutes
select m.minute, s.author_id, s.category,
       bigint_sum(m.views), bigint_sum(m.likes), bigint_sum(m.comments), bigint_sum(m.shares)
from post_minutes m
join post_stats s using (post_id)
where m.minute >= (select greatest(summed_from, minutes_from) from stats)
group by m.minute, s.author_id, s.category;

insert into category_minutes
select minute, category, bigint_sum(views), bigint_sum(likes), bigint_sum(comments), bigint_sum(shares)
from author_minutes
group by minute, category;

-- Posts engaged in the four quarter hours that end with `quarter`, by author and category. Kept from
-- stats.minutes_from / 15 - 864 on, which is 9 days before post_minutes, and for quarters that are kept.
create table engaged_posts (
  quarter integer not null, author_id integer not null, category text not null,
  posts   integer not null,
  primary key (quarter, author_id, category)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);

with kept as (
  select greatest(s.minutes_from / 15 - 864, r.quarters_from + 3) as first_quarter from stats s, storage_rules r
), engaged as (
  select distinct q.post_id, q.quarter + later as quarter
  from post_quarters q, generate_series(0, 3) later
  where q.quarter >= (select first_quarter - 3 from kept)
)
insert into engaged_posts
select e.quarter, s.author_id, s.category, count(*)
from engaged e
join post_stats s using (post_id)
where e.quarter >= (select first_quarter from kept)
group by e.quarter, s.author_id, s.category;

-- Posts with an engagement in the last hour, that of views_1h and the others.
alter table category_stats add engaged_posts_1h integer not null default 0;
alter table author_categories add engaged_posts_1h integer not null default 0;

update category_stats c
set engaged_posts_1h = e.posts
from (select category, count(*) as posts from post_stats
      where views_1h + likes_1h + comments_1h + shares_1h > 0 group by category) e
where e.category = c.category;
update author_categories a
set engaged_posts_1h = e.posts
from (select author_id, category, count(*) as posts from post_stats
      where views_1h + likes_1h + comments_1h + shares_1h > 0 group by author_id, category) e
where e.author_id = a.author_id and e.category = a.category;
analyze category_minutes, author_minutes, engaged_posts;
