-- What is wrong now, as ingest tells operators and readers: a row for each condition and process that has it. A process
-- renews its rows every few seconds; rows that are not renewed are those of a process that has ended, and do not count.
create table conditions (
  condition  text not null check (length(condition) between 1 and 50),
  source     text not null check (length(source) between 1 and 200), -- host:pid of the process
  blocks     boolean not null,     -- whether the system is not ready because of it
  detail     text not null check (length(detail) <= 300),
  since      timestamptz not null,
  renewed_at timestamptz not null,
  primary key (condition, source)
);
