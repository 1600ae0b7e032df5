-- Question: how many engagements did the posts of these authors have on each of the last 30 days and today?
-- Grain: one row per author that is asked for, in the order of the ids, with an array of 31 days, today last.
-- Assumptions: UTC days of the engagements' own time, from 30 days before stats.today to stats.today, empty ones too.
-- author_ids is an array, {1,2}. `offset 0` has each author's days looked up by their key.
\if :{?author_ids} \else \set author_ids {1} \endif
with today as (
  select today - date '1970-01-01' as day from stats
)
select w.author_id,
       d.days as last_30_days
from unnest(:'author_ids'::integer[]) with ordinality as w (author_id, place)
cross join lateral (
  select json_agg(coalesce(c.engagements, 0) order by s.day) as days
  from today
  cross join generate_series(today.day - 30, today.day) as s (day)
  left join (
    select day, sum(views + likes + comments + shares)::bigint as engagements
    from author_days
    where author_id = w.author_id
      and day >= (select day - 30 from today)
    group by day
  ) c on c.day = s.day
) d
order by w.place;
