-- Question: how was one post engaged with, in the last 7, 30 or 90 days, or ever?
-- Grain: one row, the post; none for a post that no fold has seen.
-- Assumptions: 'last N days' begins at 00:00 UTC N days before stats.today and has no upper end. Author and category are
-- those the post is counted under. The rate is 0 without views.
\if :{?post_id} \else \set post_id 1 \endif
\if :{?period} \else \set period 7d \endif
with post as (
  select s.post_id,
         p.title,
         s.author_id,
         s.category,
         s.publish_timestamp,
         s.views,
         s.likes,
         s.comments,
         s.shares
  from post_stats s
  join shown_posts p using (post_id)
  where s.post_id = :'post_id'::integer
),
period as (
  select case :'period'::text when '7d' then 7 when '30d' then 30 when '90d' then 90 end as days
),
since as (
  select today - date '1970-01-01' - days as day
  from stats, period
),
recent as (
  select coalesce(sum(views), 0) as views,
         coalesce(sum(likes), 0) as likes,
         coalesce(sum(comments), 0) as comments,
         coalesce(sum(shares), 0) as shares
  from post_days
  where post_id = :'post_id'::integer
    and day >= (select day from since)
),
counts as (
  select (case when days is null then post.views else recent.views end)::bigint as views,
         (case when days is null then post.likes else recent.likes end)::bigint as likes,
         (case when days is null then post.comments else recent.comments end)::bigint as comments,
         (case when days is null then post.shares else recent.shares end)::bigint as shares
  from post, recent, period
)
select post.post_id,
       post.title,
       a.name as author_name,
       post.category,
       (post.publish_timestamp at time zone 'UTC')::date as publish_date,
       c.views,
       c.likes,
       c.comments,
       c.shares,
       c.views + c.likes + c.comments + c.shares as total_engagements,
       case when c.views = 0 then 0
            else round(100.0 * (c.likes + c.comments + c.shares) / c.views, 2) end::double precision as engagement_rate
from post
join shown_authors a using (author_id)
cross join counts c;
