-- A key that is shared expires by itself.
alter table api_keys add expires_at timestamptz check (expires_at > created_at);
