-- The bytes that replays of a rejected event publish, mended or completed with its identity. Stored before the first of
-- them is published, so that every replay publishes the same.
alter table rejected_events add column replay_payload bytea;
