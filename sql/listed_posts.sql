-- Question: what does a list show of these posts?
-- Grain: one row per post that is asked for and known, in the order of the ids.
-- Assumptions: author and category are those the post is counted under. Windows are the last 60 and 1440 whole minutes up
-- to and including stats.window_minute. Hours are UTC clock hours of the engagements' own time, the one that holds
-- stats.window_minute last. The rate is 0 without views. A post rises with 30 engagements in the last hour that are over
-- twice the share of its last 24 hours that all posts together have; rising is that factor. post_ids is an array, {1,2}.
-- `offset 0` has each post looked up by its key.
\if :{?post_ids} \else \set post_ids {1} \endif
with wanted as (
  select post_id, place
  from unnest(:'post_ids'::integer[]) with ordinality as w (post_id, place)
),
now as (
  select window_minute / 60 as hour from stats
),
everything as (
  select sum(views_1h + likes_1h + comments_1h + shares_1h) as last_1h,
         sum(views_24h + likes_24h + comments_24h + shares_24h) as last_24h
  from category_stats
),
counted as (
  select w.place, s.*,
         s.likes + s.comments + s.shares as reactions,
         s.views_1h + s.likes_1h + s.comments_1h + s.shares_1h as last_1h,
         s.views_24h + s.likes_24h + s.comments_24h + s.shares_24h as last_24h
  from wanted w,
       lateral (select * from post_stats where post_id = w.post_id offset 0) s
)
select c.post_id,
       p.external_id,
       p.title,
       c.author_id,
       a.name as author,
       c.category,
       to_char(c.publish_timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as publish_timestamp,
       p.url,
       c.views,
       c.likes,
       c.comments,
       c.shares,
       c.views + c.reactions as total_engagements,
       case when c.views = 0 then 0 else round(100.0 * c.reactions / c.views, 2) end::double precision as engagement_rate,
       c.last_1h,
       c.last_24h,
       h.by_hour as last_24h_by_hour,
       case when not c.withdrawn and c.last_1h >= 30 and c.last_1h * e.last_24h > 2 * e.last_1h * c.last_24h
            then round(c.last_1h * e.last_24h / (c.last_24h * e.last_1h), 2) end::double precision as rising,
       c.withdrawn
from counted c
cross join everything e
cross join lateral (select * from shown_posts where post_id = c.post_id offset 0) p
cross join lateral (select * from shown_authors where author_id = c.author_id offset 0) a
cross join lateral (
  select json_agg(coalesce(q.engagements, 0) order by s.hour) as by_hour
  from now
  cross join generate_series(now.hour - 23, now.hour) as s (hour)
  left join (
    select quarter / 4 as hour, sum(views + likes + comments + shares)::bigint as engagements
    from post_quarters
    where post_id = c.post_id
      and quarter >= (select (hour - 23) * 4 from now)
    group by 1
  ) q on q.hour = s.hour
) h
order by c.place;
