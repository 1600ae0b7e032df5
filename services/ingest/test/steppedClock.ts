import type pg from "pg";

/**
 * From now on the database's clock, as every new connection sees it, is `seconds` ahead of the true one, which can be
 * changed at any time: functions in a schema in front of pg_catalog.
 */
export async function stepClock(pool: pg.Pool, seconds: number): Promise<void> {
  await pool.query(`
    create schema if not exists stepped;
    create table if not exists stepped.step (seconds double precision);
    delete from stepped.step;
    insert into stepped.step values (${seconds});
    create or replace function stepped.clock_timestamp() returns timestamptz language sql volatile as
      'select pg_catalog.clock_timestamp() + make_interval(secs => (select seconds from stepped.step))';
    create or replace function stepped.now() returns timestamptz language sql stable as
      'select pg_catalog.now() + make_interval(secs => (select seconds from stepped.step))'`);
  const { rows } = await pool.query<{ name: string }>("select current_database() as name");
  await pool.query(`alter database ${rows[0]!.name} set search_path = stepped, pg_catalog, public`);
}
