import pg from "pg";
import { describe, expect, it } from "vitest";
import { runToEnd } from "../../../test/support/command.ts";
import { spawnService } from "../../../test/support/process.ts";
import { until } from "../../../test/support/until.ts";
import { audit } from "../src/audit/audit.ts";
import { erase } from "../src/erase/erase.ts";
import { eraseRejectedEvents } from "../src/erase/rejectedEvents.ts";
import { monthOf } from "../src/write/months.ts";
import { LOCK } from "../src/write/rules.ts";
import { AT, createWriting, POST, views } from "./writeFixture.ts";

const MAIN = "services/ingest/src/erase/main.ts";
const USER = 7;
const UNKNOWN_POST = 99;
const LAST_YEAR = AT - 365 * 86_400_000;

/** Engagements of users 7, 17 and nobody, of two months, one of each rejected, and their rows in users. */
async function createUsers() {
  const writing = await createWriting();
  const { pool, write } = writing;
  await pool.query("insert into users (user_id) select generate_series(1, 20)");
  await write(
    views(0, 0, [POST, POST, UNKNOWN_POST], 0, AT, USER),
    views(0, 3, [POST], 10, LAST_YEAR, USER),
    views(1, 0, [POST, UNKNOWN_POST], 20, AT, 17),
    views(2, 0, [POST, UNKNOWN_POST], 30, AT),
  );
  return writing;
}

const users = async (pool: pg.Pool) =>
  (
    await pool.query(
      "select coalesce(user_id::text, 'none') as id, count(*)::integer from engagements group by 1 order by 1",
    )
  ).rows.map(({ id, count }) => `${id} x ${count}`);

const differences = async (url: string) => (await audit(url)).checks.filter((check) => check.differences > 0);

describe("an erasure", () => {
  it("takes the user out of engagements, rejected events and users, and changes no count", async () => {
    const { url, pool, accounting } = await createUsers();
    const before = await accounting();
    const ids = () => pool.query("select event_id from engagements order by 1").then(({ rows }) => rows);
    const idsBefore = await ids();
    const erasure = await erase(url, USER);
    expect(erasure).toMatchObject({ engagements: 3, rejected_events: 1, users: 1 });

    expect(await users(pool)).toEqual(["17 x 1", "none x 4"]);
    expect(await ids()).toEqual(idsBefore);
    expect(await accounting()).toEqual(before);
    const { rows } = await pool.query(
      `select partition, reason, payload is null as gone, payload_removed_at is not null as removed
       from rejected_events order by partition`,
    );
    expect(rows).toEqual([
      { partition: 0, reason: "unknown_post", gone: true, removed: true },
      { partition: 1, reason: "unknown_post", gone: false, removed: false },
      { partition: 2, reason: "unknown_post", gone: false, removed: false },
    ]);
    const left = await pool.query("select count(*)::integer as users from users where user_id <> 7");
    expect(left.rows).toEqual([{ users: 19 }]);
    const counted = await pool.query("select rows::integer from catalogue_counts where kind = 'users'");
    expect(counted.rows).toEqual([{ rows: 19 }]);
    expect(await differences(url)).toEqual([]);
  });

  it("takes the user out of what a replay would publish in place of a payload", async () => {
    const { url, pool } = await createUsers();
    await pool.query("update rejected_events set replay_payload = $1 where partition = 2", [
      Buffer.from(JSON.stringify({ type: "view", post_id: POST, user_id: USER })),
    ]);
    expect(await erase(url, USER)).toMatchObject({ rejected_events: 2 });
    const { rows } = await pool.query(
      "select replay_payload, payload is null as gone from rejected_events where partition = 2",
    );
    expect(rows).toEqual([{ replay_payload: null, gone: true }]);
  });

  it("keeps the id out of what comes later, stored or rejected", async () => {
    const { url, pool, write } = await createUsers();
    await erase(url, USER);
    await write(
      views(0, 4, [POST, UNKNOWN_POST], 40, AT, USER),
      views(1, 2, [POST, UNKNOWN_POST], 50, AT, 17),
    );
    expect(await users(pool)).toEqual(["17 x 2", "none x 5"]);
    const { rows } = await pool.query(
      'select partition, payload is null as gone from rejected_events where "offset" > 2 order by partition',
    );
    expect(rows).toEqual([
      { partition: 0, gone: true },
      { partition: 1, gone: false },
    ]);
    expect(await differences(url)).toEqual([]);
  });

  it("can be done again, and for a user nobody knows: nothing is counted twice", async () => {
    const { url, pool } = await createUsers();
    const first = await erase(url, USER);
    expect(await erase(url, USER)).toEqual({ ...first, finished_at: expect.any(Date) });
    expect(await erase(url, 12_345)).toMatchObject({ engagements: 0, rejected_events: 0, users: 0 });
    const { rows } = await pool.query("select user_id from erasures order by 1");
    expect(rows).toEqual([{ user_id: USER }, { user_id: 12_345 }]);
  });

  it("waits for the write under way, which may have stored an event of the user", async () => {
    const { url, pool, write } = await createUsers();
    // The writer comes to its deltas when it has stored the rows, and is held up there.
    const blocker = new pg.Client({ connectionString: url });
    await blocker.connect();
    await blocker.query("begin; lock table delta_batches in exclusive mode");
    const waiting = (application: string) =>
      until(
        async () =>
          (
            await pool.query(
              `select from pg_stat_activity
               where datname = current_database() and application_name = $1 and wait_event_type = 'Lock'`,
              [application],
            )
          ).rowCount,
        { what: `${application} to wait`, everyMs: 5 },
      );
    const written = write(views(0, 4, [POST], 40, AT, USER));
    await waiting("write-test");
    const erased = erase(url, USER);
    await waiting("pulseboard-erase");
    await blocker.query("commit");
    await blocker.end();
    await written;
    expect(await erased).toMatchObject({ engagements: 4 });
    expect(await users(pool)).toEqual(["17 x 1", "none x 5"]);
  });

  it("that is stopped as soon as it waits for the writes keeps them waiting for some seconds only", async () => {
    const { url, pool, write, accounting } = await createUsers();
    const locks = async (granted: boolean) =>
      (
        await pool.query(
          `select from pg_locks join pg_stat_activity using (pid)
           where datname = current_database() and application_name = 'pulseboard-erase' and locktype = 'advisory'
             and granted = $1`,
          [granted],
        )
      ).rowCount;
    const writer = await pool.connect();
    const command = await spawnService(
      MAIN,
      { DATABASE_URL: url, PULSEBOARD_DATA: "/nonexistent" },
      { args: ["--user", "7"], readyWhen: "spawned" },
    );
    const stoppedWhileItWaits = async () => {
      await writer.query("select pg_advisory_lock_shared($1)", [LOCK]);
      command.signal("SIGCONT");
      await until(() => locks(false), { what: "the erasure to wait", everyMs: 1 });
      command.signal("SIGSTOP");
      await writer.query("select pg_advisory_unlock_shared($1)", [LOCK]);
      await until(() => locks(false), { is: (count) => count === 0 });
      return locks(true); // unless it had waited for a second already
    };
    await until(stoppedWhileItWaits, { what: "the stopped erasure to hold the lock" });
    writer.release();
    await write(views(0, 4, [POST], 40, AT, USER));
    expect((await accounting())[0]).toEqual([0, 5, 4, 1, 0, 0]);
    await command.kill9();
  });

  it("that was killed half way is finished by the next run, with every row counted once", async () => {
    const { url, pool } = await createUsers();
    const blocker = await pool.connect();
    await blocker.query("begin");
    await blocker.query(
      "update engagements set type = type where engaged_timestamp >= '2026-01-01' and user_id = 7",
    );
    const killed = erase(url, USER);
    killed.catch(() => {});
    await until(
      async () => {
        const { rows } = await pool.query(
          `select pg_terminate_backend(pid) as done from pg_stat_activity
           where application_name = 'pulseboard-erase' and datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows[0]?.done;
      },
      { what: "the erasure to be held up in the second month, and killed" },
    );
    await expect(killed).rejects.toThrow();
    await blocker.query("rollback");
    blocker.release();

    const { rows } = await pool.query("select engagements::integer, finished_at from erasures");
    expect(rows).toEqual([{ engagements: 1, finished_at: null }]);
    expect(await differences(url)).toEqual([]);
    expect(await erase(url, USER)).toMatchObject({ engagements: 3, rejected_events: 1, users: 1 });
    expect(await users(pool)).toEqual(["17 x 1", "none x 4"]);
  });

  it("goes through months of any size and pages of rejected events", async () => {
    const { url, pool, months } = await createUsers();
    await months.ensure([monthOf(Date.UTC(2025, 5, 1))]);
    // 60,000 rows fill more blocks than one step takes when each has the room of one page.
    await pool.query("alter table engagements_2025_06 set (fillfactor = 10)");
    await pool.query(
      `insert into engagements
       select gen_random_uuid(), 1, 'view', case when n % 5000 = 0 then 7 end, timestamptz '2025-06-01T00:00:00Z' + n * interval '1 second'
       from generate_series(1, 60000) n`,
    );
    const { rows } = await pool.query("select pg_relation_size('engagements_2025_06') / 8192 as blocks");
    expect(Number(rows[0].blocks)).toBeGreaterThan(4_096);
    await pool.query(
      `insert into rejected_events (topic, partition, log_number, "offset", reason, detail, payload)
       select 't', 5, 1, n, 'invalid_field', 'x', convert_to(format('{"user_id":%s,"post_id":"x"}', 1 + n % 10), 'UTF8')
       from generate_series(1, 1234) n`,
    );
    expect(await erase(url, USER)).toMatchObject({ engagements: 3 + 12, rejected_events: 1 + 123 });
    expect((await users(pool)).some((line) => line.startsWith("7 "))).toBe(false);
  });

  it("has a bounded number of bytes of rejected events in memory", async () => {
    const { pool } = await createWriting();
    await pool.query("insert into erasures (user_id) values (7)");
    const payload = 3 << 20;
    await pool.query(
      `insert into rejected_events (topic, partition, log_number, "offset", reason, detail, payload)
       select 't', n % 3, 1, n, 'too_large', 'x', convert_to(rpad('{"user_id":7', $1, ' '), 'UTF8') from generate_series(1, 20) n`,
      [payload],
    );
    const pages: number[] = [];
    const client = await pool.connect();
    const observed = new Proxy(client, {
      get: (target, name) => async (text: string, values: unknown[]) => {
        if (name !== "query") throw new Error(`${String(name)} is not expected`);
        const result = await target.query(text, values);
        pages.push(result.rows.reduce((bytes, row) => bytes + row.payload.length, 0));
        return result;
      },
    });
    await eraseRejectedEvents(observed, USER).finally(() => client.release());
    expect(Math.max(...pages)).toBeLessThanOrEqual((8 << 20) + payload);
    const { rows } = await pool.query(
      "select rejected_events::integer as removed, (select count(payload)::integer from rejected_events) as left from erasures",
    );
    expect(rows).toEqual([{ removed: 20, left: 0 }]);
  });
});

describe("npm run erase", () => {
  it("says what it found, with status 0", async () => {
    const { url } = await createUsers();
    const run = await runToEnd(MAIN, ["--user", "7"], { DATABASE_URL: url });
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toMatch(/^user 7 is erased.*3 engagements, 1 rejected events, 1 rows of users\n$/);
  });

  it.each([
    [[]],
    [["--user"]],
    [["--user", "0"]],
    [["--user", "2147483648"]],
    [["--user", "7; drop"]],
    [["7"]],
  ])("explains %j in one line, with status 1", async (args) => {
    const run = await runToEnd(MAIN, args, { DATABASE_URL: "postgresql://127.0.0.1:1/x" });
    expect(run).toMatchObject({ status: 1, stdout: "" });
    expect(run.stderr.trim().split("\n")).toHaveLength(1);
  });

  it("explains itself", async () => {
    expect(await runToEnd(MAIN, ["--help"])).toMatchObject({ status: 0, stderr: "" });
  });
});
