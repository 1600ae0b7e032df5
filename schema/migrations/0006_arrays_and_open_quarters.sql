-- What the fold takes and what it appends is kept as arrays, a row a batch: a count then costs some 20 bytes instead of
-- a tuple of its own with its share of the index, the log, the delete and the vacuum. And the quarter hour in which a
-- post is engaged now stands in its own row of post_stats, so that a fold touches one row a post however much history
-- there is.

-- An older ingest may be at work. Its fold (the lock is the fold's) and its writes end first: what they commit after the
-- copying below would be dropped with the table, and what they have folded would be kept and folded again.
select pg_advisory_xact_lock(7265302);
lock table engagement_deltas in access exclusive mode;

-- Counts of stored engagements that no rollup holds yet, a row for each batch that ingest has written.
create table delta_batches (
  post_ids integer[] not null, minutes integer[] not null,
  views integer[] not null, likes integer[] not null, comments integer[] not null, shares integer[] not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_insert_scale_factor = 0,
        autovacuum_vacuum_insert_threshold = 1000000, autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0,
        autovacuum_analyze_threshold = 1000000, toast.autovacuum_vacuum_scale_factor = 0,
        toast.autovacuum_vacuum_threshold = 5000, toast.autovacuum_vacuum_cost_delay = 0);

insert into delta_batches
select array_agg(post_id), array_agg(minute), array_agg(views), array_agg(likes), array_agg(comments), array_agg(shares)
from engagement_deltas
having count(*) > 0;
drop table engagement_deltas;

-- The same, a row a count. minute = minutes since the epoch; minutes that are older than post_minutes keeps are given as
-- the first minute of their quarter hour.
create view engagement_deltas as
select d.post_id, d.minute, d.views, d.likes, d.comments, d.shares
from delta_batches b,
     unnest(b.post_ids, b.minutes, b.views, b.likes, b.comments, b.shares)
       as d (post_id, minute, views, likes, comments, shares);

-- Per post and minute, for the windows: what each fold counted in each minute, kept two days behind
-- stats.window_minute.
create table minute_batches (
  minute integer not null,
  post_ids integer[] not null,
  views integer[] not null, likes integer[] not null, comments integer[] not null, shares integer[] not null
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0, toast.autovacuum_vacuum_cost_delay = 0);
create index minute_batches_by_minute on minute_batches (minute);

insert into minute_batches
select minute, array_agg(post_id), array_agg(views), array_agg(likes), array_agg(comments), array_agg(shares)
from post_minutes
group by minute;
drop table post_minutes;

create view post_minutes as
select b.minute, m.post_id,
       sum(m.views)::integer as views, sum(m.likes)::integer as likes,
       sum(m.comments)::integer as comments, sum(m.shares)::integer as shares
from minute_batches b, unnest(b.post_ids, b.views, b.likes, b.comments, b.shares) as m (post_id, views, likes, comments, shares)
group by b.minute, m.post_id;

-- The newest quarter hour that any fold has counted, never ahead of the windows.
alter table stats add open_quarter integer not null default 0;

-- What the post has in the quarter hour that was open when it was last engaged in the open one; null before that.
alter table post_stats
  add open_quarter integer,
  add open_views integer not null default 0, add open_likes integer not null default 0,
  add open_comments integer not null default 0, add open_shares integer not null default 0;
-- Every row of a page may be written by one fold, and stay on it.
alter table post_stats set (fillfactor = 45);

-- Per post and quarter hour, all but what stands in the post's own row. That moves here when the post is engaged in a
-- newer quarter hour that is open.
alter table post_quarters rename to closed_quarters;
alter index post_quarters_pkey rename to closed_quarters_pkey;

-- The base of all history. A post's quarter hour may have two rows, which add up: late events do not open it again.
create view post_quarters as
select post_id, quarter, views, likes, comments, shares from closed_quarters
union all
select post_id, open_quarter, open_views, open_likes, open_comments, open_shares
from post_stats where open_quarter is not null;

-- Compressing what lives for seconds costs more than the space.
alter table delta_batches
  alter post_ids set storage external, alter minutes set storage external, alter views set storage external,
  alter likes set storage external, alter comments set storage external, alter shares set storage external;
