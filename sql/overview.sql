-- Question: what is happening in this hour and today, where, and was it so a week ago?
-- Grain: one row: the last hour, the same hour a week ago, the last 60 minutes one by one, and 24 hours of today.
-- Assumptions: the last hour is the 60 whole minutes up to and including stats.window_minute; a week ago the four quarter
-- hours that end with the start of the present one, less 7 days. Category is the one a post is counted under, author too.
-- posts_engaged have an engagement in the hour. The top category has the most engagements of the hour, ties go to the name,
-- by its bytes. Today is the day of the wall clock in the zone: an hour that the clocks repeat is added up, one that they
-- skip is null. a_week_ago is the same hour of the day 7 days before; of the present hour only the quarter hours up to and
-- including the same one. History begins with the first quarter hour that is kept of anybody: what would reach before that is
-- null. An empty category or author_id does not filter.
\if :{?tz} \else \set tz UTC \endif
\if :{?category} \else \set category '' \endif
\if :{?author_id} \else \set author_id '' \endif
with clock as materialized (
  select window_minute,
         window_minute / 15 as quarter,
         window_minute / 15 - 672 as quarter_a_week_ago,
         (select min(quarter) from platform_quarters
          where quarter >= (select quarters_from from storage_rules)) as history_from,
         nullif(:'author_id'::text, '')::integer & 255 as bucket,
         greatest(minutes_from / 15 - 864, (select quarters_from + 3 from storage_rules)) as engaged_posts_from,
         to_timestamp(window_minute / 15 * 900.0) at time zone :'tz'::text as local_time
  from stats
),
minute_counts as materialized (
  select m.minute, c.category, c.views, c.likes, c.comments, c.shares
  from clock,
       generate_series(window_minute - 59, window_minute) m (minute),
       lateral (
         select category, views, likes, comments, shares
         from category_minutes s
         where s.minute = m.minute
           and nullif(:'category'::text, '') is null
           and nullif(:'author_id'::text, '') is null
         union all
         select category, views, likes, comments, shares
         from category_minutes s
         where s.minute = m.minute
           and s.category = nullif(:'category'::text, '')
           and nullif(:'author_id'::text, '') is null
         union all
         select s.categories[place], s.views[place], s.likes[place], s.comments[place], s.shares[place]
         from author_minutes s,
              unnest(array_positions(s.author_ids, nullif(:'author_id'::text, '')::integer)) place
         where s.minute = m.minute
           and s.bucket = clock.bucket
           and s.categories[place] = coalesce(nullif(:'category'::text, ''), s.categories[place])
         offset 0
       ) c
),
week_ago_counts as materialized (
  select q.category, q.views, q.likes, q.comments, q.shares
  from clock,
       category_stats c,
       lateral (
         select category, views, likes, comments, shares
         from category_quarters s
         where s.category = c.category
           and s.quarter >= quarter_a_week_ago - 4
           and s.quarter < quarter_a_week_ago
         offset 0
       ) q
  where nullif(:'author_id'::text, '') is null
    and c.category = coalesce(nullif(:'category'::text, ''), c.category)
  union all
  select s.category, s.views, s.likes, s.comments, s.shares
  from author_quarters s
  where s.author_id = nullif(:'author_id'::text, '')::integer
    and s.category = coalesce(nullif(:'category'::text, ''), s.category)
    and s.quarter >= (select quarter_a_week_ago - 4 from clock)
    and s.quarter < (select quarter_a_week_ago from clock)
),
hour_counts as (
  select 'now' as hour, category, views, likes, comments, shares from minute_counts
  union all
  select 'a week ago', category, views, likes, comments, shares from week_ago_counts
),
hour_categories as materialized (
  select hour,
         category,
         sum(views)::bigint as views,
         sum(likes)::bigint as likes,
         sum(comments)::bigint as comments,
         sum(shares)::bigint as shares,
         sum(views + likes + comments + shares)::bigint as engagements
  from hour_counts
  group by hour, category
),
engaged_posts_of_hours as (
  select 'now' as hour,
         coalesce((select sum(engaged_posts_1h) from category_stats
                   where nullif(:'author_id'::text, '') is null
                     and category = coalesce(nullif(:'category'::text, ''), category)), 0)
         + coalesce((select sum(engaged_posts_1h) from author_categories
                     where author_id = nullif(:'author_id'::text, '')::integer
                       and category = coalesce(nullif(:'category'::text, ''), category)), 0) as posts
  union all
  select 'a week ago',
         coalesce((select sum(posts) from category_engaged_posts
                   where quarter = (select quarter_a_week_ago - 1 from clock)
                     and category = coalesce(nullif(:'category'::text, ''), category)
                     and nullif(:'author_id'::text, '') is null), 0)
         + coalesce((select sum(s.posts[place])
                     from author_engaged_posts s,
                          unnest(array_positions(s.author_ids, nullif(:'author_id'::text, '')::integer)) place
                     where s.quarter = (select quarter_a_week_ago - 1 from clock)
                       and s.bucket = (select bucket from clock)
                       and s.categories[place] = coalesce(nullif(:'category'::text, ''), s.categories[place])), 0)
),
hours as (
  select 'now' as hour, window_minute - 59 as from_minute, window_minute + 1 as to_minute from clock
  union all
  select 'a week ago', (quarter_a_week_ago - 4) * 15, quarter_a_week_ago * 15
  from clock
  where quarter_a_week_ago - 4 >= history_from
    and quarter_a_week_ago - 1 >= engaged_posts_from
),
summaries as (
  select h.hour,
         json_build_object(
           'from', to_char(to_timestamp(h.from_minute * 60.0) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
           'to', to_char(to_timestamp(h.to_minute * 60.0) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
           'engagements', s.engagements,
           'views', s.views,
           'likes', s.likes,
           'comments', s.comments,
           'shares', s.shares,
           'posts_engaged', p.posts,
           'engagements_per_engaged_post', coalesce(round(s.engagements::numeric / nullif(p.posts, 0), 2), 0)::double precision,
           'top_category', top.category,
           'top_category_share', coalesce(round(100.0 * top.engagements / nullif(s.engagements, 0), 2), 0)::double precision
         ) as summary
  from hours h
  join engaged_posts_of_hours p using (hour)
  cross join lateral (
    select coalesce(sum(engagements), 0)::bigint as engagements,
           coalesce(sum(views), 0)::bigint as views,
           coalesce(sum(likes), 0)::bigint as likes,
           coalesce(sum(comments), 0)::bigint as comments,
           coalesce(sum(shares), 0)::bigint as shares
    from hour_categories c
    where c.hour = h.hour
  ) s
  left join lateral (
    select category, engagements
    from hour_categories c
    where c.hour = h.hour
      and engagements > 0
    order by engagements desc, category collate "C"
    limit 1
  ) top on true
),
minutes as (
  select json_agg(
           json_build_object(
             'minute', to_char(to_timestamp(minute * 60.0) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
             'engagements', engagements
           )
           order by minute
         ) as minutes
  from (
    select m.minute, coalesce(sum(views + likes + comments + shares), 0)::bigint as engagements
    from clock
    cross join generate_series(window_minute - 59, window_minute) m (minute)
    left join minute_counts c on c.minute = m.minute
    group by m.minute
  ) counted
),
local_quarters as materialized (
  select weeks_ago, q.quarter, to_timestamp(q.quarter * 900::double precision) at time zone :'tz'::text as local_time
  from clock,
       generate_series(0, 1) weeks_ago,
       generate_series(clock.quarter - weeks_ago * 672 - 110, clock.quarter - weeks_ago * 672 + 110) as q (quarter)
),
day_quarters as (
  select q.weeks_ago, q.quarter, extract(hour from q.local_time)::integer as hour
  from local_quarters q, clock
  where q.local_time::date = clock.local_time::date - 7 * q.weeks_ago
    and (q.weeks_ago = 0
         or date_trunc('hour', q.local_time)::time <> date_trunc('hour', clock.local_time)::time
         or q.local_time::time <= clock.local_time::time)
),
day_hours as (
  select d.weeks_ago,
         d.hour,
         min(d.quarter) as first_quarter,
         coalesce(sum(q.engagements), 0)::bigint as engagements
  from day_quarters d
  left join lateral (
    select sum(engagements) as engagements
    from (
      select views + likes + comments + shares as engagements
      from platform_quarters s
      where s.quarter = d.quarter
        and nullif(:'category'::text, '') is null
        and nullif(:'author_id'::text, '') is null
      union all
      select views + likes + comments + shares
      from category_quarters s
      where s.quarter = d.quarter
        and s.category = nullif(:'category'::text, '')
        and nullif(:'author_id'::text, '') is null
      union all
      select views + likes + comments + shares
      from author_quarters s
      where s.quarter = d.quarter
        and s.author_id = nullif(:'author_id'::text, '')::integer
        and s.category = coalesce(nullif(:'category'::text, ''), s.category)
    ) of_scope
  ) q on true
  group by d.weeks_ago, d.hour
),
today as (
  select json_agg(
           json_build_object(
             'hour', h.hour,
             'engagements', present.engagements,
             'a_week_ago', case when earlier.first_quarter >= clock.history_from then earlier.engagements end
           )
           order by h.hour
         ) as today
  from clock
  cross join generate_series(0, 23) h (hour)
  left join day_hours present on present.hour = h.hour and present.weeks_ago = 0
  left join day_hours earlier on earlier.hour = h.hour and earlier.weeks_ago = 1
)
select (select summary from summaries where hour = 'now') as last_hour,
       (select summary from summaries where hour = 'a week ago') as last_hour_a_week_ago,
       minutes.minutes,
       today.today
from minutes, today;
