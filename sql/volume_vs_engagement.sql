-- Question: does writing more earn more? How much do authors write, how well is it received, and who does which?
-- Grain: one row per segment and author category that has authors, by category, then segment.
-- Assumptions: posts of the last 90 days (from 00:00 UTC 90 days before stats.today), with their all-time engagements.
-- Segments are those of the view author_performance; averages are per post, over all posts of the row.
select category,
       segment as performance_segment,
       count(*)::integer as authors,
       sum(posts)::bigint as total_posts,
       sum(engagements)::bigint as total_engagements,
       round(sum(posts)::numeric / count(*), 2)::double precision as avg_posts_per_author,
       round(sum(engagements)::numeric / sum(posts), 2)::double precision as avg_engagement_per_post,
       round(max(median), 2)::double precision as category_median,
       sum(opportunity_score)::bigint as opportunity_score
from author_performance
group by category, segment
order by category collate "C", performance_segment;
