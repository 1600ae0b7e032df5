-- Question: whose posts of the last 90 days are engaged with most, and how do they do among the authors of their category?
-- Grain: one row per author with a post in the last 90 days, most engaged first; ties go to the lower author_id.
-- Assumptions: 'last 90 days' begins at 00:00 UTC 90 days before stats.today and is the posts' publish time; their
-- engagements are all-time. Category is the author's own. Segments are those of the view author_performance.
\if :{?limit} \else \set limit 10 \endif
select author_id,
       name,
       category,
       posts as total_posts,
       engagements as total_engagements,
       average::double precision as avg_engagement_per_post,
       segment as performance_segment
from author_performance
order by engagements desc, author_id
limit :'limit'::integer;
