import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../support/until.ts";
import type { Fault } from "../fault.ts";
import type { Random } from "../random.ts";
import { storedSoFar, type World } from "../world.ts";

const LONG_MS = 60_000;
/** Longer than it takes for a silent member's partitions to be given to another, in ms. */
const TAKEOVER_MS = 9_000;

/** Waits until ingest is at work: so many rows later than now, with a burst behind them. */
async function midWork(world: World, random: Random): Promise<{ rows: number; burst: Promise<void> }> {
  const rows = random.integer(1, 1_500);
  const before = await until(() => storedSoFar(world).then((count) => ({ count })), { timeoutMs: LONG_MS });
  const burst = world.publisher.burst(2_000);
  await until(() => storedSoFar(world), {
    what: `${rows} rows more`,
    is: (count) => count >= before.count + rows,
    everyMs: 1,
    timeoutMs: LONG_MS,
  });
  return { rows, burst };
}

export const ingestFaults: Fault[] = [
  {
    kind: "ingest-kill",
    description: "kill -9 of an ingest process in the middle of a burst, another started at once",
    holds: ["ingest"],
    async inject(world, random, over) {
      const { rows, burst } = await midWork(world, random);
      await world.fleet.kill9(random.pick(world.fleet.members));
      over();
      await world.fleet.start();
      await burst;
      return `after ${rows} rows of a burst`;
    },
  },
  {
    kind: "ingest-crash-loop",
    description: "all ingest processes killed, and three times the next one while it starts",
    holds: ["ingest"],
    async inject(world, random, over) {
      for (const member of [...world.fleet.members]) await world.fleet.kill9(member);
      const lives: number[] = [];
      for (let life = 0; life < 3; life++) {
        const ms = random.integer(0, 3_000);
        const starting = world.fleet.startUnwatched();
        await sleep(ms);
        await (await starting).kill9();
        lives.push(ms);
      }
      over();
      await world.fleet.start();
      return `killed after ${lives.join(", ")} ms of life`;
    },
  },
  {
    kind: "ingest-freeze",
    description: "SIGSTOP of an owner for 30 s at work while another process takes over, then SIGCONT",
    holds: ["ingest"],
    async inject(world, random) {
      const { rows, burst } = await midWork(world, random);
      const frozen = random.pick(world.fleet.members);
      const ms = world.lasting(30_000, TAKEOVER_MS);
      const end = performance.now() + ms;
      frozen.signal("SIGSTOP");
      await burst;
      await world.fleet.start();
      await sleep(Math.max(0, end - performance.now()));
      frozen.signal("SIGCONT");
      return `${ms} ms, after ${rows} rows of a burst`;
    },
  },
  {
    kind: "ingest-freeze-all",
    description: "SIGSTOP of every ingest process for some seconds, SIGCONT for all of them at once",
    holds: ["ingest"],
    async inject(world, random) {
      const { burst } = await midWork(world, random);
      const members = [...world.fleet.members];
      for (const member of members) member.signal("SIGSTOP");
      const ms = random.integer(1_000, world.lasting(15_000, 4_000));
      await burst;
      await sleep(ms);
      for (const member of members) member.signal("SIGCONT");
      return `${members.length} processes, ${ms} ms`;
    },
  },
  {
    kind: "rebalance",
    description: "processes join and leave (SIGTERM) under load, each end with status 0",
    holds: ["ingest"],
    async inject(world, random) {
      const moves: string[] = [];
      for (let move = 0; move < world.lasting(4, 2); move++) {
        const { fleet } = world;
        if (fleet.members.length > 1 && random.chance(0.5)) {
          await fleet.stop(random.pick(fleet.members));
          moves.push("left");
        } else {
          await fleet.start();
          moves.push("joined");
        }
        await sleep(random.integer(0, 1_500));
      }
      return moves.join(", ");
    },
  },
  {
    kind: "clocks-skewed",
    description: "two ingest processes, one clock four minutes behind, the other four ahead, one killed",
    holds: ["ingest"],
    async inject(world, random, over) {
      const { fleet } = world;
      const right = [...fleet.members];
      const wrong = [await fleet.start(-240_000), await fleet.start(240_000)];
      for (const member of right) await fleet.stop(member);
      await world.publisher.burst(2_000);
      await sleep(world.lasting(10_000, 1_000));
      await world.publisher.burst(1_000);
      await fleet.kill9(random.pick(wrong));
      over();
      await fleet.start();
      for (const member of wrong) if (fleet.members.includes(member)) await fleet.stop(member);
      return "-240 s and +240 s";
    },
  },
];
