-- What ingest writes, in one transaction per batch: raw engagements, rejected events, deltas, and the offsets that
-- say how far each partition of the topic has been read.

create type engagement_type as enum ('view', 'like', 'comment', 'share');

-- Partitioned by UTC month of engaged_timestamp; ingest makes the months (engagements_YYYY_MM), each with a unique
-- index on event_id, which is the identity for deduplication within the month. No foreign keys: the catalogue check
-- happens in ingest, a trigger a row would halve its speed.
create table engagements (
  event_id          uuid not null,
  post_id           integer not null,
  type              engagement_type not null,
  user_id           integer,
  engaged_timestamp timestamptz not null
) partition by range (engaged_timestamp);

-- One row per partition of a topic: the truth about what has been passed, moved by compare-and-set only.
-- A log is one life of a partition: a topic made anew, or a broker that lost its data, begins the next log_number.
-- Passed offsets = stored + rejected + duplicates + skipped + gaps, since first_offset.
create table ingest_offsets (
  topic          text not null,
  partition      integer not null,
  log_number     integer not null default 1,
  next_offset    bigint not null,
  first_offset   bigint not null,
  stored         bigint not null default 0,
  rejected       bigint not null default 0,
  duplicates     bigint not null default 0,
  skipped        bigint not null default 0, -- offsets that hold no record
  gaps           bigint not null default 0, -- offsets the log no longer held when they were due
  last_offset    bigint,                    -- of the last record passed, with its timestamp (ms) and
  last_timestamp bigint,                    -- CRC32 of key and value: what proves that a log is still this log
  last_crc       bigint,
  watermark      timestamptz,               -- every event up to here is stored; null until first proved
  committed_at   timestamptz not null default clock_timestamp(),
  primary key (topic, partition)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- The finished logs of a partition, as ingest_offsets had them when the next log began.
create table ingest_closed_logs (
  topic        text not null,
  partition    integer not null,
  log_number   integer not null,
  next_offset  bigint not null,
  first_offset bigint not null,
  stored       bigint not null,
  rejected     bigint not null,
  duplicates   bigint not null,
  skipped      bigint not null,
  gaps         bigint not null,
  closed_at    timestamptz not null default clock_timestamp(),
  primary key (topic, partition, log_number)
);

-- Offsets lost before they were read: [from_offset, to_offset).
create table ingest_gaps (
  topic       text not null,
  partition   integer not null,
  log_number  integer not null,
  from_offset bigint not null,
  to_offset   bigint not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (topic, partition, log_number, from_offset)
);

create table rejected_events (
  topic             text not null,
  partition         integer not null,
  log_number        integer not null,
  "offset"          bigint not null,
  message_timestamp timestamptz, -- null when the message had none (-1)
  reason            text not null check (reason in ('too_large', 'not_json', 'invalid_field', 'future_timestamp', 'expired', 'unknown_post')),
  detail            text not null check (length(detail) <= 200),
  message_key       bytea,
  payload           bytea,
  rejected_at       timestamptz not null default clock_timestamp(),
  replayed_at       timestamptz,
  primary key (topic, partition, log_number, "offset")
);
create index rejected_events_by_reason on rejected_events (reason, rejected_at);

-- Counts of stored engagements that no rollup holds yet, appended in the transaction that stored them and removed by
-- the fold. minute = minutes since the epoch; minutes that are older than post_minutes keeps are given as the first
-- minute of their quarter hour.
create table engagement_deltas (
  post_id  integer not null,
  minute   integer not null,
  views    integer not null,
  likes    integer not null,
  comments integer not null,
  shares   integer not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_insert_scale_factor = 0,
        autovacuum_vacuum_insert_threshold = 1000000, autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0,
        autovacuum_analyze_threshold = 1000000);
