-- Question: which categories are engaged with most, or published in most, and who leads each?
-- Grain: one row per category that has posts, best first; ties go to the name, by its bytes.
-- Assumptions: all posts, all-time engagements, posts without engagement included; category is the post's. The leading
-- author has the most engagements on posts of the category, ties go to the lower author_id; the fold keeps it.
\if :{?metric} \else \set metric engagement \endif
\if :{?limit} \else \set limit 10 \endif
with ranked as (
  select s.category,
         s.engagements as total_engagements,
         s.posts as total_posts,
         round(s.engagements::numeric / s.posts, 2)::double precision as avg_engagement_per_post,
         s.top_author_id,
         row_number() over (
           order by case :'metric'::text when 'posts' then s.posts else s.engagements end desc, s.category collate "C"
         ) as rank
  from category_stats s
  where s.posts > 0
)
select category,
       total_engagements,
       total_posts,
       avg_engagement_per_post,
       a.name as top_author,
       rank
from ranked
join shown_authors a on a.author_id = top_author_id
where rank <= :'limit'::integer
order by rank;
