-- Question: what has been counted so far, how fast is it growing, and how fresh is it?
-- Grain: one row.
-- Assumptions: engagements are those the folds have counted, since the beginning; authors, posts and users are the
-- catalogue's rows at the last fold. Events per second are those of the folds of the last 10 seconds of the database's
-- clock. Freshness is that clock minus as_of, in ms; where the clock was set back and no fold has noticed yet, how far
-- as_of is ahead: numbers that nobody vouches for are never called fresh. sample_history_pct is how much of the
-- sample history has been published, rounded down; null when there is none, or all of it is.
with recent as (
  select coalesce(sum(engagements), 0)::bigint as engagements
  from folds
  where folded_at > clock_timestamp() - interval '10 seconds' and folded_at <= clock_timestamp()
)
select s.version,
       s.as_of,
       abs(floor(extract(epoch from clock_timestamp() - s.as_of) * 1000))::bigint as freshness_ms,
       (r.engagements / 10.0)::double precision as events_per_second,
       floor(100.0 * h.published / h.events)::integer as sample_history_pct,
       s.authors,
       s.posts,
       s.users,
       s.views + s.likes + s.comments + s.shares as engagements,
       s.views,
       s.likes,
       s.comments,
       s.shares,
       s.rejected,
       s.duplicates
from stats s
cross join recent r
left join sample_data h on h.finished_at is null;
