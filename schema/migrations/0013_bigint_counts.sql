-- Wherever engagements add up the type is bigint: an integer is full at 2^31, which one category of 25,000 events/s
-- reaches in a day, and a sum that overflows ends every fold.

-- An older ingest may be at work: its fold (the lock is the fold's) and its writes end first. Then the readers: an audit
-- reads delta_batches first, every answer reads stats first, so whoever is let in here asks for nothing that is locked.
select pg_advisory_xact_lock(7265302);
lock table delta_batches in access exclusive mode;
lock table stats in access exclusive mode;

-- Sums of bigint as bigint: sum(bigint) is numeric, whose results take four times as long. Out of range is an error.
create aggregate bigint_sum(bigint) (sfunc = int8pl, stype = bigint, combinefunc = int8pl, parallel = safe);

drop view engagement_deltas, post_minutes, post_quarters, author_quarters, post_days, author_days;

alter table delta_batches
  alter views type bigint[], alter likes type bigint[], alter comments type bigint[], alter shares type bigint[];
alter table minute_batches
  alter views type bigint[], alter likes type bigint[], alter comments type bigint[], alter shares type bigint[];

alter table post_stats
  alter views_5m type bigint, alter likes_5m type bigint, alter comments_5m type bigint, alter shares_5m type bigint,
  alter views_1h type bigint, alter likes_1h type bigint, alter comments_1h type bigint, alter shares_1h type bigint,
  alter views_24h type bigint, alter likes_24h type bigint, alter comments_24h type bigint, alter shares_24h type bigint,
  alter open_views type bigint, alter open_likes type bigint, alter open_comments type bigint, alter open_shares type bigint;
alter table author_stats
  alter views_5m type bigint, alter likes_5m type bigint, alter comments_5m type bigint, alter shares_5m type bigint,
  alter views_1h type bigint, alter likes_1h type bigint, alter comments_1h type bigint, alter shares_1h type bigint,
  alter views_24h type bigint, alter likes_24h type bigint, alter comments_24h type bigint, alter shares_24h type bigint;
alter table category_stats
  alter views_5m type bigint, alter likes_5m type bigint, alter comments_5m type bigint, alter shares_5m type bigint,
  alter views_1h type bigint, alter likes_1h type bigint, alter comments_1h type bigint, alter shares_1h type bigint,
  alter views_24h type bigint, alter likes_24h type bigint, alter comments_24h type bigint, alter shares_24h type bigint;
alter table author_categories
  alter open_views type bigint, alter open_likes type bigint, alter open_comments type bigint, alter open_shares type bigint;

-- Upkeep deletes from these in this order.
alter table closed_quarters
  alter views type bigint, alter likes type bigint, alter comments type bigint, alter shares type bigint;
alter table closed_post_days
  alter views type bigint, alter likes type bigint, alter comments type bigint, alter shares type bigint;
alter table closed_author_days
  alter views type bigint, alter likes type bigint, alter comments type bigint, alter shares type bigint;
alter table closed_author_quarters
  alter views type bigint, alter likes type bigint, alter comments type bigint, alter shares type bigint;
alter table platform_quarters
  alter views type bigint, alter likes type bigint, alter comments type bigint, alter shares type bigint;
alter table category_quarters
  alter views type bigint, alter likes type bigint, alter comments type bigint, alter shares type bigint;

-- The views as they were.
create view engagement_deltas as
select d.post_id, d.minute, d.views, d.likes, d.comments, d.shares
from delta_batches b,
     unnest(b.post_ids, b.minutes, b.views, b.likes, b.comments, b.shares)
       as d (post_id, minute, views, likes, comments, shares);

create view post_minutes as
select b.minute, m.post_id,
       bigint_sum(m.views) as views, bigint_sum(m.likes) as likes,
       bigint_sum(m.comments) as comments, bigint_sum(m.shares) as shares
from minute_batches b, unnest(b.post_ids, b.views, b.likes, b.comments, b.shares) as m (post_id, views, likes, comments, shares)
group by b.minute, m.post_id;

create view post_quarters as
select post_id, quarter, views, likes, comments, shares
from (select post_id, quarter, views, likes, comments, shares from closed_quarters
      union all
      select post_id, open_quarter, open_views, open_likes, open_comments, open_shares from post_stats) either
where quarter is not null;

create view author_quarters as
select author_id, category, quarter, views, likes, comments, shares
from (select author_id, category, quarter, views, likes, comments, shares from closed_author_quarters
      union all
      select author_id, category, open_quarter, open_views, open_likes, open_comments, open_shares
      from author_categories) either
where quarter is not null;

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
