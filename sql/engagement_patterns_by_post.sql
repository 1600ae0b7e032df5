-- Question: at which hours of which days of the week do people engage, and how much with each post that is engaged at all?
-- Grain: one row per (day of week, hour of day) with engagements, by day then hour; 0 = Sunday.
-- Assumptions: as engagement_patterns.sql: the last 365 days begin at 00:00 UTC 365 days before stats.today and have no
-- upper end, hour and day are those of the wall clock in the zone, category and author are those the post is counted
-- under, pct_of_total is of all cells, taken before the day filter. active_posts are pairs of a post and an hour of a date
-- on that wall clock in which it was engaged, so a post counts anew every week; an hour that the clocks repeat is one.
-- Reads every post's quarter hours of a year: for people, not for requests.
-- An empty category, author_id or day_of_week does not filter.
\if :{?tz} \else \set tz UTC \endif
\if :{?category} \else \set category '' \endif
\if :{?author_id} \else \set author_id '' \endif
\if :{?day_of_week} \else \set day_of_week '' \endif
with local_quarters as (
  select q.post_id,
         to_timestamp(q.quarter * 900::double precision) at time zone :'tz'::text as local_time,
         q.views, q.likes, q.comments, q.shares
  from post_quarters q
  join post_stats p using (post_id)
  where q.quarter >= (select (extract(epoch from today - 365)::bigint / 900)::integer from stats)
    and q.views + q.likes + q.comments + q.shares > 0
    and p.category = coalesce(nullif(:'category'::text, ''), p.category)
    and p.author_id = coalesce(nullif(:'author_id'::text, '')::integer, p.author_id)
),
post_hours as (
  select date_trunc('hour', local_time) as local_hour,
         sum(views) as views,
         sum(likes) as likes,
         sum(comments) as comments,
         sum(shares) as shares
  from local_quarters
  group by post_id, local_hour
),
cells as (
  select extract(hour from local_hour)::integer as hour_of_day,
         extract(dow from local_hour)::integer as day_of_week,
         count(*) as active_posts,
         sum(views)::bigint as views,
         sum(likes)::bigint as likes,
         sum(comments)::bigint as comments,
         sum(shares)::bigint as shares
  from post_hours
  group by 1, 2
),
shares_of_all as (
  select *,
         views + likes + comments + shares as total_engagements,
         sum(views + likes + comments + shares) over () as all_engagements
  from cells
)
select hour_of_day,
       day_of_week,
       (array['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'])[day_of_week + 1] as day_name,
       total_engagements,
       views,
       likes,
       comments,
       shares,
       round(100.0 * total_engagements / all_engagements, 2)::double precision as pct_of_total,
       active_posts,
       round(total_engagements::numeric / active_posts, 2)::double precision as avg_engagement_per_active_post
from shares_of_all
where day_of_week = coalesce(nullif(:'day_of_week'::text, '')::integer, day_of_week)
order by day_of_week, hour_of_day;
