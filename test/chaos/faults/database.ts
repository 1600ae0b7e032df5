import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../support/until.ts";
import type { Fault } from "../fault.ts";
import type { Random } from "../random.ts";
import type { World } from "../world.ts";

const LONG_MS = 90_000;

/** Ends the server under a burst, leaves it away for a while, and starts it again. */
async function endServer(
  world: World,
  random: Random,
  over: () => void,
  end: () => Promise<void>,
): Promise<string> {
  const burst = world.publisher.burst(2_000);
  await sleep(random.integer(0, 400));
  await end();
  const ms = random.integer(0, world.lasting(8_000, 1_500));
  await sleep(ms);
  over();
  await world.postgres.restart();
  await burst;
  return `away for ${ms} ms`;
}

export const databaseFaults: Fault[] = [
  {
    kind: "postgres-stop",
    description: "PostgreSQL stopped at once (immediate mode) in the middle of a burst, and started",
    holds: ["database"],
    inject: (world, random, over) => endServer(world, random, over, () => world.postgres.stopAtOnce()),
  },
  {
    kind: "postgres-kill",
    description: "kill -9 of PostgreSQL and all its backends in the middle of a burst, and started",
    holds: ["database"],
    inject: (world, random, over) => endServer(world, random, over, () => world.postgres.kill9()),
  },
  {
    kind: "backend-kill",
    description: "kill -9 of one backend that serves ingest: the server restarts by itself",
    holds: ["database"],
    async inject(world, random, over) {
      const burst = world.publisher.burst(1_000);
      const backends = await until(
        () => world.query("select pid from pg_stat_activity where application_name like 'pulseboard-%'"),
        { what: "a backend that serves ingest", is: (rows) => rows.length > 0, timeoutMs: LONG_MS },
      );
      await sleep(random.integer(0, 300));
      const { pid } = random.pick(backends);
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        // It ended meanwhile, as its client did.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
      over();
      await burst;
      await until(() => world.query("select 1"), { what: "the server to recover", timeoutMs: LONG_MS });
      return `one of ${backends.length}`;
    },
  },
  {
    kind: "backends-terminated",
    description: "pg_terminate_backend of every connection of ingest, three times",
    holds: ["database"],
    async inject(world, random) {
      const burst = world.publisher.burst(1_500);
      let ended = 0;
      for (let round = 0; round < 3; round++) {
        const rows = await world.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'pulseboard-%'",
        );
        ended += rows.length;
        await sleep(random.integer(0, 400));
      }
      await burst;
      return `${ended} connections`;
    },
  },
  {
    kind: "disk-full",
    description:
      "no room left on the database's disk, until statements fail or the server itself, then room again",
    holds: ["database"],
    unavailable: ({ disk }) =>
      disk ? undefined : "mounting a file system of its own is not possible here (it takes root)",
    async inject(world, random, over) {
      const { disk, postgres, postgresLog, publisher } = world;
      const seen = postgresLog.length;
      await disk!.fill();
      try {
        // The server has to begin another file of its log, and ends when it cannot.
        if (random.chance(0.5)) await world.query("select pg_switch_wal()").catch(() => {});
        await until(
          async () => {
            await publisher.burst(500);
            return postgresLog.slice(seen).some((line) => line.includes("No space left on device"));
          },
          { what: "the database to run out of space", timeoutMs: LONG_MS },
        );
        await sleep(world.lasting(5_000, 1_000));
      } finally {
        await disk!.free();
      }
      over();
      // A server that had no room for its own recovery has given up.
      if (await answers(world)) return "statements failed";
      await postgres.restart();
      return "the server gave up and was started again";
    },
  },
];

/** Whether the server is there, once it answers or has ended. */
const answers = (world: World): Promise<boolean> =>
  until(async () => !world.postgres.running || (await world.query("select 1")), {
    what: "the database to answer, or to end",
    timeoutMs: LONG_MS,
  }).then(() => world.postgres.running);
