-- The life of data: how long it is kept, and whose was erased. Nothing expires until it is asked for.

-- What every write, fold and audit holds to: one row, whose horizons only move forward.
create table storage_rules (
  singleton          boolean primary key default true check (singleton),
  events_from        timestamptz not null default 'epoch', -- earlier events are rejected as expired; begins a UTC month
  quarters_from      integer not null default 0,           -- the rollups by quarter hour count nothing earlier; begins a UTC month
  quarters_pruned_to integer not null default 0,           -- and hold nothing before this quarter hour any more
  erasures           bigint not null default 0             -- grows with every user in erasures
);
insert into storage_rules default values;

-- Engagements of months that were dropped, by post and quarter hour; all before storage_rules.quarters_from as quarter 0.
create table archived_engagements (
  post_id integer not null, quarter integer not null,
  views bigint not null, likes bigint not null, comments bigint not null, shares bigint not null,
  primary key (post_id, quarter)
);

-- The months that were dropped, with the rows they had.
create table archived_months (
  month       date primary key,
  engagements bigint not null,
  archived_at timestamptz not null default clock_timestamp()
);

-- Users whose id is stored no more, and what was found of them.
create table erasures (
  user_id         integer primary key check (user_id > 0),
  requested_at    timestamptz not null default clock_timestamp(),
  finished_at     timestamptz,                -- null while an erasure is under way or was interrupted
  users           bigint not null default 0,  -- rows of users deleted
  engagements     bigint not null default 0,  -- rows of engagements that lost their user_id
  rejected_events bigint not null default 0   -- rows of rejected_events that lost their key and payload
);

-- When key and payload were removed, by retention or for an erasure; the row and its reason stay.
alter table rejected_events add column payload_removed_at timestamptz;
create index rejected_events_with_payload on rejected_events (rejected_at) where payload_removed_at is null;
