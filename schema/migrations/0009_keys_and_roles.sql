-- Who may use the system: keys of the API, and what the logins of its services may do in this database.

-- Keys of the API, as SHA-256 of the key. A key is 256 random bits, so nothing is gained by a slow hash: there is no
-- dictionary to try. A revoked key keeps its row.
create table api_keys (
  key_id       integer generated always as identity primary key,
  name         text not null check (length(name) between 1 and 100),
  key_hash     bytea not null unique check (length(key_hash) = 32),
  scopes       text[] not null check (cardinality(scopes) > 0 and scopes <@ '{read,read:raw,write,admin}'),
  created_at   timestamptz not null default clock_timestamp(),
  revoked_at   timestamptz,
  last_used_at timestamptz -- to the minute
);

-- What the catalogue's triggers write is not for those who write the catalogue.
alter function count_catalogue() security definer set search_path = pg_catalog, public, pg_temp;
alter function queue_post_changes() security definer set search_path = pg_catalog, public, pg_temp;
alter function queue_author_change() security definer set search_path = pg_catalog, public, pg_temp;

-- Gives the group roles pulseboard_api and pulseboard_writer what they need, as far as they exist; may be called again
-- when an administrator has made them later. A table that is made later is covered by default privileges; what one of
-- the groups must not see or change there is revoked by the migration that makes it.
create procedure grant_to_roles() language plpgsql as $$
declare
  is_owner boolean;
  part regclass;
begin
  if to_regrole('pulseboard_api') is not null then
    execute format('grant connect on database %I to pulseboard_api', current_database());
    grant usage on schema public to pulseboard_api;
    grant select on all tables in schema public to pulseboard_api;
    alter default privileges in schema public grant select on tables to pulseboard_api;
    -- Who reads is nobody's business but that of ingest, which erases.
    revoke select on users, erasures from pulseboard_api;
    grant insert, update on authors, posts, post_metadata, api_keys to pulseboard_api;
  end if;

  if to_regrole('pulseboard_writer') is not null then
    execute format('grant connect, temporary on database %I to pulseboard_writer', current_database());
    -- Partitions of engagements are made by ingest, when an event names their month.
    grant usage, create on schema public to pulseboard_writer;
    grant select, insert, update, delete on all tables in schema public to pulseboard_writer;
    alter default privileges in schema public grant select, insert, update, delete on tables to pulseboard_writer;
    revoke insert, update, delete on authors, posts, post_metadata, sample_data, schema_migrations from pulseboard_writer;
    revoke insert, update on users from pulseboard_writer;
    revoke all on api_keys from pulseboard_writer;

    -- Only the owner of a table attaches a partition to it, indexes and drops one: ingest owns engagements.
    is_owner := pg_has_role(current_user, 'pulseboard_writer', 'set');
    if not is_owner then
      begin
        grant pulseboard_writer to current_user with inherit true, set true;
        is_owner := true;
      exception when insufficient_privilege then
        raise warning 'engagements stays with its owner: % is no member of pulseboard_writer, see docs/security.md', current_user;
      end;
    end if;
    if is_owner then
      alter table engagements owner to pulseboard_writer;
      for part in select inhrelid from pg_inherits where inhparent = 'engagements'::regclass loop
        execute format('alter table %s owner to pulseboard_writer', part);
      end loop;
    end if;
  end if;
end $$;

-- Roles belong to the server, not to this database: they may be there, or be made from another one at this moment.
do $$
declare
  missing text;
begin
  for missing in
    select name from unnest('{pulseboard_api,pulseboard_writer}'::text[]) name where to_regrole(name) is null
  loop
    begin
      execute format('create role %I', missing);
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise warning 'the role % was not made: % may not create roles, see docs/security.md', missing, current_user;
    end;
  end loop;
end $$;

call grant_to_roles();
