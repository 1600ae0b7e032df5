-- Question: who are the authors, and how does each do among those of the same category?
-- Grain: one row per author that a fold has seen, by author_id, those without recent posts too.
-- Assumptions: as author_performance has it: posts of the last 90 days (from 00:00 UTC 90 days before stats.today), with
-- their all-time engagements; category is the author's own. Authors without such posts have zeros and the segment
-- Average; category_median and category_p75 are of the authors with posts, 0 where a category has none of them. folded is
-- the name as searches compare it.
with medians as (
  select category, max(median) as median, max(third_quartile) as third_quartile
  from author_performance
  group by category
)
select a.author_id,
       a.external_id,
       a.name,
       a.author_category as category,
       a.url,
       coalesce(p.posts, 0) as total_posts,
       coalesce(p.engagements, 0) as total_engagements,
       coalesce(p.average, 0)::double precision as avg_engagement_per_post,
       coalesce(round(m.median, 2), 0)::double precision as category_median,
       coalesce(round(m.third_quartile, 2), 0)::double precision as category_p75,
       coalesce(p.segment, 'Average') as performance_segment,
       coalesce(p.opportunity_score, 0) as opportunity_score,
       a.folded
from shown_authors a
left join author_performance p using (author_id)
left join medians m on m.category = a.author_category
order by a.author_id;
