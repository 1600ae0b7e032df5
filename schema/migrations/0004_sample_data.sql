-- The sample catalogue and history that `npm run seed` made, so that an interrupted run goes on with the very same
-- events and a finished one does nothing. Written in the transaction that wrote the catalogue.
create table sample_data (
  singleton   boolean primary key default true check (singleton),
  seed        bigint not null,
  posts       integer not null,
  authors     integer not null,
  users       integer not null,
  days        integer not null,
  events      bigint not null,
  anchor      timestamptz not null,      -- the history ends here: the start of the first run
  published   bigint not null default 0, -- events that Kafka has acknowledged, in order
  finished_at timestamptz
);
