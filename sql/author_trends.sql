-- Question: how is an author doing: in all, with the newest posts, and day by day?
-- Grain: one row, the author, with an array of days; none for an author that no fold has seen.
-- Assumptions: category is the author's own. Totals are of all posts, all-time; the trends are average engagements of the
-- posts published since 00:00 UTC 7 and 30 days before stats.today, 0 without any. Days are UTC days of the engagements'
-- own time, from 30 days before stats.today to today, empty ones too, and tomorrow where an event is that early.
\if :{?author_id} \else \set author_id 1 \endif
with bounds as (
  select today - date '1970-01-01' as today from stats
),
counted as (
  select day,
         sum(views)::bigint as views,
         sum(likes)::bigint as likes,
         sum(comments)::bigint as comments,
         sum(shares)::bigint as shares
  from author_days
  where author_id = :'author_id'::integer
    and day >= (select today - 30 from bounds)
  group by day
),
days as (
  select coalesce(c.day, d.day) as day,
         coalesce(views, 0) as views,
         coalesce(likes, 0) as likes,
         coalesce(comments, 0) as comments,
         coalesce(shares, 0) as shares
  from (select generate_series(today - 30, today) as day from bounds) d
  full join counted c on c.day = d.day
),
daily as (
  select json_agg(
           json_build_object(
             'date', date '1970-01-01' + day,
             'views', views,
             'likes', likes,
             'comments', comments,
             'shares', shares,
             'total_engagements', views + likes + comments + shares
           )
           order by day
         ) as days
  from days
)
select a.author_id,
       a.name as author_name,
       a.author_category as category,
       coalesce(s.posts, 0) as total_posts,
       coalesce(s.engagements, 0) as total_engagements,
       coalesce(round(s.engagements::numeric / nullif(s.posts, 0), 2), 0)::double precision as avg_engagement_per_post,
       coalesce(round(s.engagements_7d::numeric / nullif(s.posts_7d, 0), 2), 0)::double precision as trend_7d,
       coalesce(round(s.engagements_30d::numeric / nullif(s.posts_30d, 0), 2), 0)::double precision as trend_30d,
       daily.days as daily
from shown_authors a
left join author_stats s using (author_id)
cross join daily
where a.author_id = :'author_id'::integer;
