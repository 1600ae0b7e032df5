-- Rollups. Only the fold writes them, in one transaction a fold; readers read only them.
--
-- Units: minute = minutes since the epoch, quarter = quarter hours since the epoch (15 minutes, so that every IANA
-- zone is exact), both of engaged_timestamp. views, likes, comments, shares count engagements of that type.
-- Windows are those that end with stats.window_minute: [window_minute - n + 1, window_minute], n = 5, 60, 1440.
-- No index on any counter: updates stay HOT.

-- The one row that names the state. Readers read it first, in the same snapshot as everything else.
create table stats (
  singleton     boolean primary key default true check (singleton),
  version       bigint not null default 0,
  as_of         timestamptz not null default now(), -- events up to here are counted, in every partition
  window_minute integer not null default floor(extract(epoch from now()) / 60)::integer,
  today         date not null default (now() at time zone 'UTC')::date,
  folded_at     timestamptz not null default now(),
  views         bigint not null default 0,
  likes         bigint not null default 0,
  comments      bigint not null default 0,
  shares        bigint not null default 0,
  rejected      bigint not null default 0, -- over all partitions and logs, at the same snapshot as the counts
  duplicates    bigint not null default 0
) with (fillfactor = 10);
insert into stats default values;

-- The folds of the last hour: what each counted, how long it took, and the UTC days whose quarters it touched.
create table folds (
  version     bigint primary key,
  folded_at   timestamptz not null,
  duration_ms integer not null,
  engagements bigint not null,
  days        date[] not null
);

-- Per post, all time and by window, under the author and category by which the post is counted (its mapping, which
-- follows the catalogue when the fold has moved the post's history).
create table post_stats (
  post_id           integer primary key,
  author_id         integer not null,
  category          text not null,
  publish_timestamp timestamptz not null,
  views bigint not null default 0, likes bigint not null default 0, comments bigint not null default 0, shares bigint not null default 0,
  views_5m integer not null default 0, likes_5m integer not null default 0, comments_5m integer not null default 0, shares_5m integer not null default 0,
  views_1h integer not null default 0, likes_1h integer not null default 0, comments_1h integer not null default 0, shares_1h integer not null default 0,
  views_24h integer not null default 0, likes_24h integer not null default 0, comments_24h integer not null default 0, shares_24h integer not null default 0
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);
create index post_stats_by_publish on post_stats (publish_timestamp);

-- Per author: posts and engagements in all, and of the posts published in the last 7, 30 and 90 days of stats.today.
create table author_stats (
  author_id integer primary key,
  posts integer not null default 0, engagements bigint not null default 0,
  posts_7d integer not null default 0, engagements_7d bigint not null default 0,
  posts_30d integer not null default 0, engagements_30d bigint not null default 0,
  posts_90d integer not null default 0, engagements_90d bigint not null default 0,
  views_5m integer not null default 0, likes_5m integer not null default 0, comments_5m integer not null default 0, shares_5m integer not null default 0,
  views_1h integer not null default 0, likes_1h integer not null default 0, comments_1h integer not null default 0, shares_1h integer not null default 0,
  views_24h integer not null default 0, likes_24h integer not null default 0, comments_24h integer not null default 0, shares_24h integer not null default 0
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);

create table category_stats (
  category text primary key,
  posts integer not null default 0, engagements bigint not null default 0,
  views_5m integer not null default 0, likes_5m integer not null default 0, comments_5m integer not null default 0, shares_5m integer not null default 0,
  views_1h integer not null default 0, likes_1h integer not null default 0, comments_1h integer not null default 0, shares_1h integer not null default 0,
  views_24h integer not null default 0, likes_24h integer not null default 0, comments_24h integer not null default 0, shares_24h integer not null default 0
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);

-- Per post and minute, for the windows: kept two days behind stats.window_minute.
create table post_minutes (
  minute integer not null, post_id integer not null,
  views integer not null, likes integer not null, comments integer not null, shares integer not null,
  primary key (minute, post_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- Per post and quarter hour: the base of all history. Its sums stand beside it, per platform, category, author.
create table post_quarters (
  post_id integer not null, quarter integer not null,
  views integer not null, likes integer not null, comments integer not null, shares integer not null,
  primary key (post_id, quarter)
) with (fillfactor = 70, autovacuum_vacuum_cost_delay = 0);

create table platform_quarters (
  quarter integer primary key,
  views integer not null, likes integer not null, comments integer not null, shares integer not null
) with (fillfactor = 50);

create table category_quarters (
  category text not null, quarter integer not null,
  views integer not null, likes integer not null, comments integer not null, shares integer not null,
  primary key (category, quarter)
) with (fillfactor = 50);

create table author_quarters (
  author_id integer not null, category text not null, quarter integer not null,
  views integer not null, likes integer not null, comments integer not null, shares integer not null,
  primary key (author_id, category, quarter)
) with (fillfactor = 70, autovacuum_vacuum_cost_delay = 0);

-- Posts that may be among the top 100 of a window: every post outside ranks at or below the window's floor
-- (count, then lower id first), so the top 100 is read from here without looking at the others.
create table top_candidates (
  window_name text not null check (window_name in ('5m', '1h', '24h')),
  post_id     integer not null,
  primary key (window_name, post_id)
);
create table top_floors (
  window_name text primary key check (window_name in ('5m', '1h', '24h')),
  count       integer not null default 0, -- engagements of the best post left outside; 0 when all outside have none
  post_id     integer not null default 0
);
insert into top_floors (window_name) values ('5m'), ('1h'), ('24h');

-- The top 100 of each leaderboard as it stood when the current stats.window_minute began. id: post or author id, or
-- the category's name.
create table previous_ranks (
  window_name text not null,
  board       text not null check (board in ('posts', 'authors', 'categories')),
  id          text not null,
  rank        integer not null,
  primary key (window_name, board, id)
);

-- For people: a row for every post, engaged or not.
create view engagement_stats as
select p.post_id,
       coalesce(s.author_id, p.author_id) as author_id,
       coalesce(s.category, p.category) as category,
       coalesce(s.publish_timestamp, p.publish_timestamp) as publish_timestamp,
       coalesce(s.views, 0) as view_count,
       coalesce(s.likes, 0) as like_count,
       coalesce(s.comments, 0) as comment_count,
       coalesce(s.shares, 0) as share_count,
       coalesce(s.views + s.likes + s.comments + s.shares, 0) as total_engagements
from posts p
left join post_stats s using (post_id);
