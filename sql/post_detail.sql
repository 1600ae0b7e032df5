-- Question: what is one post, and how has it done since it was published?
-- Grain: one row, the post, with arrays of ages and of hours; none for a post that no fold has seen.
-- Assumptions: previous_ranks: its places among all posts when the current minute began, by window, kept of the first 100;
-- present ranks are found in the API's memory. An age counts from the quarter hour that holds publish_timestamp, in whole
-- hours, up to the present age and at most 72; what came earlier is in age 0. Hours are the last 72 UTC clock hours.
-- Length, media, tags, promotion and language are the catalogue's as they stand.
\if :{?post_id} \else \set post_id 1 \endif
with post as materialized (
  select post_id, publish_timestamp from post_stats where post_id = :'post_id'::integer
),
previous as (
  select coalesce(json_object_agg(window_name, rank), '{}'::json) as ranks
  from previous_ranks
  where board = 'posts'
    and id = (:'post_id'::integer)::text
),
birth as (
  select (extract(epoch from publish_timestamp)::bigint / 900)::integer as quarter from post
),
ages as (
  select generate_series(0, least(72, greatest(0, (window_minute / 15 - quarter) / 4))) as age
  from stats, birth
),
young as materialized (
  select least(72, greatest(0, (q.quarter - b.quarter) / 4 + 1)) * (q.quarter >= b.quarter)::integer as age,
         sum(q.views + q.likes + q.comments + q.shares)::bigint as engagements
  from birth b
  cross join lateral (
    select quarter, views, likes, comments, shares
    from post_quarters
    where post_id = :'post_id'::integer
      and quarter < b.quarter + 288
    offset 0
  ) q
  group by 1
),
curve as (
  select json_agg(
           json_build_object(
             'age_hours', a.age,
             'total_engagements', (select coalesce(sum(y.engagements), 0)::bigint from young y where y.age <= a.age)
           )
           order by a.age
         ) as curve
  from ages a
),
hour_counts as (
  select quarter / 4 as hour, sum(views + likes + comments + shares)::bigint as engagements
  from post_quarters
  where post_id = :'post_id'::integer
    and quarter >= (select (window_minute / 60 - 71) * 4 from stats)
  group by 1
),
hours as (
  select json_agg(
           json_build_object(
             'from', to_char(to_timestamp(s.hour * 3600.0) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
             'engagements', coalesce(c.engagements, 0)
           )
           order by s.hour
         ) as hours
  from stats
  cross join generate_series(window_minute / 60 - 71, window_minute / 60) s (hour)
  left join hour_counts c on c.hour = s.hour
)
select p.post_id,
       c.content_length,
       c.has_media,
       to_json(coalesce(m.tags, '{}'::text[])) as tags,
       coalesce(m.is_promoted, false) as is_promoted,
       m.language,
       previous.ranks as previous_ranks,
       curve.curve,
       hours.hours
from post p
join posts c using (post_id)
left join post_metadata m using (post_id)
cross join previous
cross join curve
cross join hours;
