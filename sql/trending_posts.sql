-- Question: which posts are engaged with most in the last 5 minutes, hour or day?
-- Grain: one row per post with engagements in the window, best first; ties go to the lower post_id.
-- Assumptions: the window is the last 5, 60 or 1440 whole minutes up to and including stats.window_minute, whose counts
-- the fold keeps ready. previous_rank: the place when the current minute began, null when it was not among the first 100.
-- Every post that can be among the first 100 is in top_candidates; withdrawn ones are not. Category is the one the post is counted under.
-- `offset 0` has each candidate looked up by the key of post_stats: the table is never read whole.
\if :{?window} \else \set window 1h \endif
\if :{?limit} \else \set limit 10 \endif
with before as materialized (
  select id, rank
  from previous_ranks
  where window_name = :'window'::text
    and board = 'posts'
),
counted as (
  select s.post_id as id,
         case :'window'::text when '5m' then s.views_5m when '1h' then s.views_1h when '24h' then s.views_24h end as views,
         case :'window'::text when '5m' then s.likes_5m when '1h' then s.likes_1h when '24h' then s.likes_24h end as likes,
         case :'window'::text when '5m' then s.comments_5m when '1h' then s.comments_1h when '24h' then s.comments_24h end as comments,
         case :'window'::text when '5m' then s.shares_5m when '1h' then s.shares_1h when '24h' then s.shares_24h end as shares,
         s.category
  from top_candidates c,
       lateral (select * from post_stats where post_stats.post_id = c.post_id offset 0) s
  where c.window_name = :'window'::text
),
leaders as (
  select *, views + likes + comments + shares as engagements
  from counted
  where views + likes + comments + shares > 0
  order by engagements desc, id
  limit :'limit'::integer
)
select row_number() over (order by engagements desc, l.id) as rank,
       r.rank as previous_rank,
       l.id,
       coalesce(p.title, 'Post ' || l.id) as label,
       l.category,
       engagements,
       views,
       likes,
       comments,
       shares
from leaders l
join shown_posts p on p.post_id = l.id
left join before r on r.id = l.id::text
order by 1;
