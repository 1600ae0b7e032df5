-- Question: at which hours of which days of the week do people engage, seen from one time zone?
-- Grain: one row per (day of week, hour of day) with engagements, by day then hour; 0 = Sunday.
-- Assumptions: the last 365 days begin at 00:00 UTC 365 days before stats.today and have no upper end. Hour and day are
-- those of the wall clock in the zone at that time, exact for every zone because all offsets are multiples of a quarter
-- hour. Category is the post's. pct_of_total is of all cells, taken before the day filter.
-- A zone whose name PostgreSQL takes for an abbreviation without summer time (CET, EET, MET, WET) is to be given by a place.
-- An empty category, author_id or day_of_week does not filter.
\if :{?tz} \else \set tz UTC \endif
\if :{?category} \else \set category '' \endif
\if :{?author_id} \else \set author_id '' \endif
\if :{?day_of_week} \else \set day_of_week '' \endif
with filter as (
  select nullif(:'category'::text, '') as category,
         nullif(:'author_id'::text, '')::integer as author_id,
         (extract(epoch from today - 365)::bigint / 900)::integer as first_quarter
  from stats
),
quarters as (
  select quarter, views, likes, comments, shares
  from platform_quarters
  where nullif(:'category'::text, '') is null
    and nullif(:'author_id'::text, '') is null
    and quarter >= (select first_quarter from filter)
  union all
  select quarter, views, likes, comments, shares
  from category_quarters
  where nullif(:'author_id'::text, '') is null
    and category = nullif(:'category'::text, '')
    and quarter >= (select first_quarter from filter)
  union all
  select quarter, views, likes, comments, shares
  from author_quarters
  where author_id = nullif(:'author_id'::text, '')::integer
    and category = coalesce(nullif(:'category'::text, ''), category)
    and quarter >= (select first_quarter from filter)
),
local_quarters as (
  select to_timestamp(quarter * 900::double precision) at time zone :'tz'::text as local_time, views, likes, comments, shares
  from quarters
),
cells as (
  select extract(hour from local_time)::integer as hour_of_day,
         extract(dow from local_time)::integer as day_of_week,
         sum(views)::bigint as views,
         sum(likes)::bigint as likes,
         sum(comments)::bigint as comments,
         sum(shares)::bigint as shares
  from local_quarters
  group by 1, 2
),
shares_of_all as (
  select *,
         views + likes + comments + shares as total_engagements,
         sum(views + likes + comments + shares) over () as all_engagements
  from cells
)
select hour_of_day,
       day_of_week,
       (array['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'])[day_of_week + 1] as day_name,
       total_engagements,
       views,
       likes,
       comments,
       shares,
       round(100.0 * total_engagements / all_engagements, 2)::double precision as pct_of_total
from shares_of_all
where total_engagements > 0
  and day_of_week = coalesce(nullif(:'day_of_week'::text, '')::integer, day_of_week)
order by day_of_week, hour_of_day;
