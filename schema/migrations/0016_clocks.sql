-- Windows follow the database's clock both ways, so minutes are pruned by a horizon that only moves forward, and a clock
-- that jumps is held against ingest's host and against what was stored.

alter table stats
  -- post_minutes holds every count from this minute on. Only moves forward.
  add minutes_from   integer not null default 0,
  -- The minutes of the last engagements that were counted, newest first, at most 100.
  add recent_minutes integer[] not null default '{}' check (cardinality(recent_minutes) <= 100);
-- Windows that an older version left in the future move back with the first fold.
update stats set minutes_from = least(window_minute, floor(extract(epoch from clock_timestamp()) / 60)::integer) - 2880;

-- The operator's word that the database's clock is right although it differs from that of ingest's host by so much.
create table accepted_clock_difference (
  singleton     boolean primary key default true check (singleton),
  difference_ms bigint not null, -- the database's clock less the host's; holds for 5 minutes more or less
  accepted_at   timestamptz not null default clock_timestamp()
);

-- Ingest processes whose clock is over 30 s from the database's, and by how much.
create table clock_readings (
  source         text primary key check (length(source) between 1 and 200), -- host:pid
  difference_ms  bigint not null, -- the database's clock less the host's
  uncertainty_ms bigint not null, -- half the round trip of the question
  read_at        timestamptz not null default clock_timestamp()
);
