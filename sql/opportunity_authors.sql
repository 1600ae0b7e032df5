-- Question: which authors would gain most from coaching: they publish much, and each post does less than their peers'?
-- Grain: one row per author with an opportunity score above 0, highest first; ties go to the lower author_id.
-- Assumptions: posts of the last 90 days (from 00:00 UTC 90 days before stats.today), with their all-time engagements.
-- The score is what the posts would have gained at the median of the author's category, unrounded median:
-- round((median - own average) x posts), for authors of 10 posts or more whose average is below it.
\if :{?limit} \else \set limit 10 \endif
select author_id,
       name as author_name,
       category,
       posts as total_posts,
       average::double precision as avg_engagement_per_post,
       round(median, 2)::double precision as category_median,
       opportunity_score,
       segment as performance_segment
from author_performance
where opportunity_score > 0
order by opportunity_score desc, author_id
limit :'limit'::integer;
