import type pg from "pg";

/**
 * From now on the database's clock, as every statement sees it that is planned from now on, is `seconds` ahead of the
 * true one, which can be changed at any time. The functions of pg_catalog themselves are replaced, in this database
 * only: our sessions set their search_path, so that a schema in front of it would not be seen.
 */
export async function stepClock(pool: pg.Pool, seconds: number): Promise<void> {
  const { rows } = await pool.query("select to_regclass('public.clock_step') is not null as done");
  if (!rows[0].done)
    await pool.query(`
      create table clock_step (seconds double precision);
      grant select on clock_step to public;
      insert into clock_step values (0);
      set local allow_system_table_mods = on;
      alter function pg_catalog.clock_timestamp() rename to true_clock_timestamp;
      alter function pg_catalog.now() rename to true_now;
      create function pg_catalog.clock_timestamp() returns timestamptz language sql volatile as
        'select true_clock_timestamp() + make_interval(secs => (select seconds from public.clock_step))';
      create function pg_catalog.now() returns timestamptz language sql stable as
        'select true_now() + make_interval(secs => (select seconds from public.clock_step))'`);
  await pool.query("update clock_step set seconds = $1", [seconds]);
}
