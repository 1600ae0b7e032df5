-- Question: where does one post stand, and how has it done since it was published?
-- Grain: one row, the post, with arrays of ranks, of ages and of hours; none for a post that no fold has seen.
-- Assumptions: ranks are by engagements of a window, or of all time, among all posts or those of the post's category, withdrawn
-- ones left out; ties go to the lower post_id. Posts that rank above a list's floor are all in top_candidates, so a post
-- among them is ranked there; for another one all posts are looked at. previous_rank: the place when the current minute
-- began, kept of the first 100 of a window. An age counts from the quarter hour that holds publish_timestamp, in whole
-- hours, up to the present age and at most 72; what came earlier is in age 0. Hours are the last 72 UTC clock hours.
-- Length, media, tags, promotion and language are the catalogue's as they stand.
\if :{?post_id} \else \set post_id 1 \endif
with post as materialized (
  select * from post_stats where post_id = :'post_id'::integer
),
own as materialized (
  select w.place, w.window_name, w.engagements, p.post_id, p.category,
         p.withdrawn or w.engagements = 0 as is_unranked,
         w.engagements > t.count or w.engagements = t.count and p.post_id < t.post_id as is_listed
  from post p
  cross join lateral (
    values (1, '5m', views_5m + likes_5m + comments_5m + shares_5m),
           (2, '1h', views_1h + likes_1h + comments_1h + shares_1h),
           (3, '24h', views_24h + likes_24h + comments_24h + shares_24h),
           (4, 'all', views + likes + comments + shares)
  ) w (place, window_name, engagements)
  join top_floors t using (window_name)
),
above_in_lists as materialized (
  select o.place, s.category
  from own o
  join top_candidates c using (window_name)
  cross join lateral (select * from post_stats where post_id = c.post_id offset 0) s
  cross join lateral (
    select case o.window_name
             when '5m' then s.views_5m + s.likes_5m + s.comments_5m + s.shares_5m
             when '1h' then s.views_1h + s.likes_1h + s.comments_1h + s.shares_1h
             when '24h' then s.views_24h + s.likes_24h + s.comments_24h + s.shares_24h
             else s.views + s.likes + s.comments + s.shares
           end as engagements
  ) n
  where o.is_listed
    and not o.is_unranked
    and not s.withdrawn
    and (n.engagements > o.engagements or n.engagements = o.engagements and s.post_id < o.post_id)
),
above_elsewhere as materialized (
  select o.place, s.category, count(*) as posts
  from post_stats s, own o
  where (select bool_or(not is_listed and not is_unranked) from own)
    and not o.is_listed
    and not o.is_unranked
    and not s.withdrawn
    and (case o.window_name
           when '5m' then s.views_5m + s.likes_5m + s.comments_5m + s.shares_5m
           when '1h' then s.views_1h + s.likes_1h + s.comments_1h + s.shares_1h
           when '24h' then s.views_24h + s.likes_24h + s.comments_24h + s.shares_24h
           else s.views + s.likes + s.comments + s.shares
         end, -s.post_id) > (o.engagements, -o.post_id)
  group by o.place, s.category
),
above as (
  select place, category, count(*) as posts from above_in_lists group by place, category
  union all
  select place, category, posts from above_elsewhere
),
ranks as (
  select json_agg(
           json_build_object(
             'window', o.window_name,
             'scope', case when in_category then o.category else 'all' end,
             'rank', case when not o.is_unranked then 1 + (
               select coalesce(sum(a.posts), 0)
               from above a
               where a.place = o.place
                 and (not in_category or a.category = o.category)
             ) end,
             'previous_rank', case when not in_category and not o.is_unranked then (
               select r.rank
               from previous_ranks r
               where r.window_name = o.window_name
                 and r.board = 'posts'
                 and r.id = o.post_id::text
             ) end,
             'engagements', o.engagements
           )
           order by o.place, in_category
         ) as ranks
  from own o
  cross join (values (false), (true)) scopes (in_category)
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
       ranks.ranks,
       curve.curve,
       hours.hours
from post p
join posts c using (post_id)
left join post_metadata m using (post_id)
cross join ranks
cross join curve
cross join hours;
