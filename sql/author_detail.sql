-- Question: what does an author's page say of the author and of these posts?
-- Grain: one row, the author, with an array of the posts that are asked for; none for an author that no fold has seen.
-- Assumptions: posts with their all-time engagements, best first, ties by the lower post_id; which they are, and how they
-- and the author stand among those of the category, is found in the API's memory. last_1h: the author's engagements of
-- the last 60 whole minutes up to and including stats.window_minute. post_ids is an array, {1,2}. `offset 0` has each post
-- looked up by its key.
\if :{?author_id} \else \set author_id 1 \endif
\if :{?post_ids} \else \set post_ids {1} \endif
with own as (
  select s.post_id, p.title, s.publish_timestamp, s.views, s.likes, s.comments, s.shares,
         s.views + s.likes + s.comments + s.shares as total_engagements
  from unnest(:'post_ids'::integer[]) as w (post_id)
  cross join lateral (select * from post_stats where post_id = w.post_id offset 0) s
  cross join lateral (select title from shown_posts where post_id = w.post_id offset 0) p
),
own_posts as (
  select coalesce(
           json_agg(
             json_build_object(
               'post_id', post_id,
               'title', title,
               'publish_timestamp', to_char(publish_timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
               'views', views,
               'likes', likes,
               'comments', comments,
               'shares', shares,
               'total_engagements', total_engagements
             )
             order by total_engagements desc, post_id
           ),
           '[]'::json
         ) as posts
  from own
)
select a.author_id,
       c.joined_date,
       coalesce(s.views_1h + s.likes_1h + s.comments_1h + s.shares_1h, 0) as last_1h,
       own_posts.posts
from shown_authors a
join authors c using (author_id)
left join author_stats s using (author_id)
cross join own_posts
where a.author_id = :'author_id'::integer;
