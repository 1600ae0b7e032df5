-- Question: which posts are engaged with most, of all time?
-- Grain: one row per post, most engaged first; ties go to the lower post_id.
-- Assumptions: every post that can be among the first 100 by its engagements is in top_candidates, but for withdrawn ones,
-- which are left out; posts without engagement follow by their id. Author and category are those the post is counted under. `offset 0` has each candidate
-- looked up by the key of post_stats, however many the planner takes them for: the table is never read whole.
\if :{?limit} \else \set limit 10 \endif
with engaged as materialized (
  select s.post_id, s.views + s.likes + s.comments + s.shares as total_engagements
  from top_candidates c,
       lateral (select * from post_stats where post_stats.post_id = c.post_id offset 0) s
  where c.window_name = 'all'
    and s.views + s.likes + s.comments + s.shares > 0
  order by total_engagements desc, post_id
  limit :'limit'::integer
),
unengaged as (
  select post_id, 0 as total_engagements
  from post_stats
  where views + likes + comments + shares = 0
    and not withdrawn
  order by post_id
  limit (select greatest(0, :'limit'::integer - count(*)) from engaged)
),
best as (
  select * from engaged
  union all
  select * from unengaged
)
select p.post_id,
       p.title,
       a.name as author,
       s.category,
       (s.publish_timestamp at time zone 'UTC')::date as publish_date,
       s.views,
       s.likes,
       s.comments,
       s.shares,
       b.total_engagements
from best b
join shown_posts p using (post_id)
join post_stats s using (post_id)
join shown_authors a using (author_id)
order by b.total_engagements desc, p.post_id;
