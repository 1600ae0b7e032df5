import { setTimeout as sleep } from "node:timers/promises";
import { clocksAgreeAgain, disagreementIsTold } from "../clockWatch.ts";
import { EVERYTHING, type Fault, type Part } from "../fault.ts";
import type { Random } from "../random.ts";
import { recovered } from "../recovery.ts";
import type { World } from "../world.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What a producer may be ahead of the clock by which its events are read. */
const NTP_MS = 4 * MINUTE_MS;

const FAR: readonly [from: number, to: number][] = [
  [6 * MINUTE_MS, 90 * MINUTE_MS],
  [2 * HOUR_MS, 20 * HOUR_MS],
  [30 * DAY_MS, 100 * DAY_MS],
];

const needsFaketime = ({ databaseClockMoves }: World): string | undefined =>
  databaseClockMoves ? undefined : "libfaketime is not here (Debian: package faketime)";

const amount = (random: Random, [from, to]: readonly [number, number]): number => random.integer(from, to);

export function duration(ms: number): string {
  const size = Math.abs(ms);
  const text =
    size >= 2 * DAY_MS
      ? `${Math.round(size / DAY_MS)} days`
      : size >= 2 * MINUTE_MS
        ? `${Math.round(size / MINUTE_MS)} min`
        : `${Math.round(size / 1000)} s`;
  return `${text} ${ms < 0 ? "behind" : "ahead"}`;
}

/**
 * Steps the database's clock away and back. Meanwhile events are stored and folded, a process starts, and with it a turn of
 * upkeep; after the step back the windows follow.
 */
async function stepDatabase(world: World, ms: number, over: () => void): Promise<void> {
  const { clocks, fleet, publisher } = world;
  await clocks.move({ database: ms });
  await publisher.burst(1_000);
  const late = await fleet.start();
  await recovered(world);
  await disagreementIsTold(world, late, ms);
  await sleep(world.lasting(6_000, 500));
  await clocks.move({ database: 0 });
  over();
  await publisher.burst(500);
  await clocksAgreeAgain(world);
  await fleet.stop(late);
}

/** Moves every clock, the producers' too, once all that was published before is read: they are one machine. */
async function moveMachine(world: World, ms: number): Promise<void> {
  await world.publisher.quietly(async () => {
    await recovered(world);
    await world.clocks.moveAll(ms);
  });
}

/** Stands still for a while, all of it. */
async function suspend({ fleet, postgres, broker }: World, ms: number, wake: () => Promise<void>) {
  const members = [...fleet.members];
  for (const member of members) member.signal("SIGSTOP");
  broker.signal("SIGSTOP");
  await postgres.signal("SIGSTOP");
  await sleep(ms);
  await wake();
  await postgres.signal("SIGCONT");
  broker.signal("SIGCONT");
  for (const member of members) member.signal("SIGCONT");
}

const DATABASE_CLOCK: Part[] = ["clocks", "database", "ingest"];

export const clockFaults: Fault[] = [
  {
    kind: "database-ahead",
    description: "the database's clock steps minutes, hours or 100 days ahead, and back",
    holds: DATABASE_CLOCK,
    unavailable: needsFaketime,
    async inject(world, random, over) {
      const ms = amount(random, random.pick(FAR));
      await stepDatabase(world, ms, over);
      return duration(ms);
    },
  },
  {
    kind: "database-behind",
    description: "the database's clock steps minutes, hours or 100 days back, and right again",
    holds: DATABASE_CLOCK,
    unavailable: needsFaketime,
    async inject(world, random, over) {
      const ms = -amount(random, random.pick(FAR));
      await stepDatabase(world, ms, over);
      return duration(ms);
    },
  },
  {
    kind: "clock-steps",
    description: "clocks step by seconds to minutes, as NTP makes them: the database's, the hosts', or both",
    holds: ["clocks"],
    unavailable: needsFaketime,
    async inject(world, random) {
      const { clocks, publisher } = world;
      const steps: string[] = [];
      for (let step = world.lasting(5, 2); step > 0; step--) {
        const ms = random.pick([1, -1]) * random.integer(500, random.pick([3_000, 30_000, NTP_MS]));
        const which = random.pick(["database", "hosts", "both"] as const);
        await clocks.move({
          ...(which !== "hosts" && { database: ms }),
          ...(which !== "database" && { hosts: ms }),
        });
        await publisher.burst(300);
        await sleep(random.integer(0, 1_500));
        steps.push(`${which} ${duration(ms)}`);
      }
      await clocks.move({ database: 0, hosts: 0 });
      return steps.join(", ");
    },
  },
  {
    kind: "machine-wrong",
    description: "every clock, the producers' too, steps minutes to hours ahead or back, and right again",
    holds: EVERYTHING,
    unavailable: needsFaketime,
    async inject(world, random, over) {
      const ms = random.pick([1, -1]) * amount(random, random.pick([FAR[0]!, [2 * HOUR_MS, 6 * HOUR_MS]]));
      await moveMachine(world, ms);
      await world.publisher.burst(1_000);
      await recovered(world);
      await moveMachine(world, 0);
      over();
      return duration(ms);
    },
  },
  {
    kind: "machine-suspended",
    description:
      "everything stands still, and wakes 6 to 90 minutes later by every clock; put right after it",
    holds: EVERYTHING,
    unavailable: needsFaketime,
    async inject(world, random, over) {
      const ms = amount(random, FAR[0]!);
      const still = random.integer(500, world.lasting(8_000, 1_500));
      const burst = world.publisher.burst(1_000);
      await suspend(world, still, () => world.clocks.moveAll(ms));
      await burst;
      await recovered(world);
      await moveMachine(world, 0);
      over();
      return `for ${still} ms, ${duration(ms)}`;
    },
  },
  {
    kind: "host-wrong",
    description:
      "an ingest process whose clock is minutes, an hour or a day off takes over, and leaves again",
    holds: ["ingest", "clocks"],
    async inject(world, random, over) {
      const { fleet, publisher } = world;
      const ms = random.pick([1, -1]) * random.pick([6 * MINUTE_MS, HOUR_MS, DAY_MS]);
      const right = [...fleet.members];
      const wrong = await fleet.start(ms);
      for (const member of right) await fleet.stop(member);
      await publisher.burst(1_500);
      await recovered(world);
      await disagreementIsTold(world, wrong, ms);
      await fleet.start();
      await (random.chance(0.5) ? fleet.kill9(wrong) : fleet.stop(wrong));
      over();
      return duration(ms);
    },
  },
  {
    kind: "hosts-step",
    description:
      "the clocks of all ingest hosts step minutes to hours ahead or back at work, and right again",
    holds: ["ingest", "clocks"],
    async inject(world, random, over) {
      const ms = random.pick([1, -1]) * amount(random, random.pick([FAR[0]!, FAR[1]!]));
      await world.clocks.move({ hosts: ms });
      await world.publisher.burst(1_500);
      await recovered(world);
      await disagreementIsTold(world, random.pick(world.fleet.members), ms);
      await world.clocks.move({ hosts: 0 });
      over();
      await clocksAgreeAgain(world);
      return duration(ms);
    },
  },
  {
    kind: "producer-wrong",
    description:
      "producers whose messages are stamped up to hours off, both ways, while events carry their own times",
    holds: ["traffic"],
    async inject({ publisher, traffic, fleet, lasting }, random) {
      const skews: string[] = [];
      try {
        for (let round = lasting(4, 2); round > 0; round--) {
          traffic.messageSkewMs = random.chance(0.5)
            ? random.integer(5 * MINUTE_MS, 50 * MINUTE_MS)
            : -random.integer(10 * MINUTE_MS, 20 * HOUR_MS);
          skews.push(duration(traffic.messageSkewMs));
          // Read by nobody for a while: what is stamped ahead must not stand for what waits behind it.
          const members = [...fleet.members];
          for (const member of members.slice(1)) member.signal("SIGSTOP");
          await publisher.burst(1_000);
          await sleep(random.integer(0, 1_500));
          for (const member of members) member.signal("SIGCONT");
        }
      } finally {
        traffic.messageSkewMs = 0;
      }
      return skews.join(", ");
    },
  },
];
