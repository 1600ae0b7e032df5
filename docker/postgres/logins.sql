-- The logins of ingest and API, each a member of the group that the migrations grant to; safe to run again.
\set ON_ERROR_STOP on
\getenv ingest_password INGEST_PASSWORD
\getenv api_password API_PASSWORD
select format('create role %I', name)
from unnest('{pulseboard_writer,pulseboard_api,pulseboard_ingest_login,pulseboard_api_login}'::text[]) name
where to_regrole(name) is null
\gexec
alter role pulseboard_ingest_login login password :'ingest_password';
alter role pulseboard_api_login login password :'api_password';
grant pulseboard_writer to pulseboard_ingest_login;
grant pulseboard_api to pulseboard_api_login;
