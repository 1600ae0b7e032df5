-- For people and for the questions in sql/: how the authors with a post in the last 90 days do among those of their own
-- category. Posts and engagements are those of posts published since 00:00 UTC 90 days before stats.today, engagements
-- all-time. Averages are rounded first; median and third quartile of them are interpolated (percentile_cont), exact to
-- the 4 decimals that this can give.
create view author_performance as
with averages as (
  select s.author_id, a.name, a.author_category as category,
         s.posts_90d as posts, s.engagements_90d as engagements,
         round(s.engagements_90d::numeric / s.posts_90d, 2) as average
  from author_stats s
  join authors a using (author_id)
  where s.posts_90d > 0
),
categories as (
  select category,
         round((percentile_cont(0.5) within group (order by average::double precision))::numeric, 4) as median,
         round((percentile_cont(0.75) within group (order by average::double precision))::numeric, 4) as third_quartile
  from averages
  group by category
)
select author_id, name, category, posts, engagements, average, median, third_quartile,
       case when posts >= 10 and average < median then 'High Volume, Low Engagement'
            when posts >= 10 and average >= third_quartile then 'High Volume, High Engagement'
            when posts < 5 and average >= third_quartile then 'Low Volume, High Quality'
            else 'Average' end as segment,
       case when posts >= 10 and average < median then round((median - average) * posts)::bigint
            else 0 end as opportunity_score
from averages
join categories using (category);
