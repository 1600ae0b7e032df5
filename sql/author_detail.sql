-- Question: how does one author do among the peers of the category, and which posts make it so?
-- Grain: one row, the author, with arrays of posts, of bins and of averages; none for an author that no fold has seen.
-- Assumptions: posts of the last 90 days (from 00:00 UTC 90 days before stats.today) that are not withdrawn, with their
-- all-time engagements; averages and segments are those of the view author_performance, which counts withdrawn posts too.
-- Category is the author's own for peers, and the post's for a post's place in it; ties go to the lower id. category_posts are
-- the other authors' posts of the author's category. The bins of the histogram are equally wide in ln(1 + engagements), up
-- to the most engaged post, which the last bin holds; no bins without posts.
\if :{?author_id} \else \set author_id 1 \endif
with author as materialized (
  select a.author_id, a.name, a.author_category as category
  from shown_authors a
  where a.author_id = :'author_id'::integer
),
peers as materialized (
  select p.author_id, p.average, p.third_quartile
  from author_performance p
  where p.category = (select category from author)
),
recent as materialized (
  select s.post_id, s.author_id, s.category, s.publish_timestamp, s.views, s.likes, s.comments, s.shares,
         s.views + s.likes + s.comments + s.shares as total_engagements
  from post_stats s
  where s.publish_timestamp >= (select (today - 90)::timestamp at time zone 'UTC' from stats)
    and not s.withdrawn
    and s.category = any (array(select category from author_categories where author_id = :'author_id'::integer
                                union select category from author))
),
own as materialized (
  select * from recent where author_id = :'author_id'::integer order by total_engagements desc, post_id limit 100
),
own_posts as (
  select json_agg(
           json_build_object(
             'post_id', o.post_id,
             'title', p.title,
             'publish_timestamp', to_char(o.publish_timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
             'views', o.views,
             'likes', o.likes,
             'comments', o.comments,
             'shares', o.shares,
             'total_engagements', o.total_engagements,
             'category_rank', r.rank
           )
           order by o.total_engagements desc, o.post_id
         ) as posts
  from own o
  join shown_posts p using (post_id)
  join (
    select post_id, row_number() over (partition by category order by total_engagements desc, post_id) as rank
    from recent
    where category in (select category from own)
  ) r using (post_id)
),
others as materialized (
  select total_engagements
  from recent
  where category = (select category from author)
    and author_id <> :'author_id'::integer
),
edges as materialized (
  select array_agg(exp(ln(1 + most::double precision) * bin / 40) - 1 order by bin) as bounds
  from (select max(total_engagements) as most from others) largest
  cross join generate_series(0, 40) bin
  where most is not null
),
bins as (
  select width_bucket(total_engagements::double precision, bounds[1:40]) as bin, count(*) as posts
  from others, edges
  group by 1
),
category_posts as (
  select json_build_object(
           'count', count(*),
           'p25', round((percentile_cont(0.25) within group (order by total_engagements))::numeric, 2)::double precision,
           'median', round((percentile_cont(0.5) within group (order by total_engagements))::numeric, 2)::double precision,
           'p75', round((percentile_cont(0.75) within group (order by total_engagements))::numeric, 2)::double precision,
           'histogram', coalesce((
             select json_agg(
                      json_build_object('from', bounds[bin], 'to', bounds[bin + 1], 'posts', coalesce(b.posts, 0))
                      order by bin
                    )
             from edges
             cross join generate_series(1, 40) bin
             left join bins b using (bin)
             where bounds is not null
           ), '[]'::json)
         ) as category_posts
  from others
)
select a.author_id,
       coalesce(round((select max(third_quartile) from peers), 2), 0)::double precision as category_p75,
       (select r.rank
        from (select author_id, row_number() over (order by average desc, author_id) as rank from peers) r
        where r.author_id = a.author_id) as category_rank,
       (select count(*) from peers) as category_authors,
       c.joined_date,
       coalesce(s.views_1h + s.likes_1h + s.comments_1h + s.shares_1h, 0) as last_1h,
       coalesce(own_posts.posts, '[]'::json) as posts,
       category_posts.category_posts,
       coalesce((select json_agg(average::double precision order by average) from peers), '[]'::json) as category_averages
from author a
join authors c using (author_id)
left join author_stats s using (author_id)
cross join own_posts
cross join category_posts;
