import { stat, truncate } from "node:fs/promises";
import { TOPIC } from "../../support/ledger.ts";
import { loseData } from "../broker.ts";
import { EVERYTHING, type Fault } from "../fault.ts";
import type { Random } from "../random.ts";
import { recovered } from "../recovery.ts";
import { readTopic } from "../topicContent.ts";
import { createTopic, logNumbers, type World } from "../world.ts";

/** How ingest is while a log is lost: at work, with records unread in one or in all processes, or away. */
type Meanwhile = "running" | "half frozen" | "frozen" | "away";

/**
 * Puts on record all that the topic holds, then lets `lose` take some of it: what ingest had read counts, what it had
 * not is gone. Events that nobody reads before the loss are published while ingest is frozen or away.
 */
async function losing(
  world: World,
  random: Random,
  what: "whole logs" | "records",
  over: () => void,
  lose: (meanwhile: Meanwhile) => Promise<string>,
): Promise<string> {
  const { fleet, publisher, logs } = world;
  const meanwhile = random.pick<Meanwhile>(["running", "half frozen", "frozen", "away"]);
  if (meanwhile === "half frozen" && fleet.members.length === 1) await fleet.start();
  await recovered(world);
  const frozen = { running: 0, "half frozen": 1, frozen: fleet.members.length, away: 0 }[meanwhile];
  const signal = (name: NodeJS.Signals) => {
    for (const member of fleet.members.slice(0, frozen)) member.signal(name);
  };
  const detail = await publisher.quietly(async () => {
    await publisher.burst(random.integer(100, 2_000));
    signal("SIGSTOP");
    if (meanwhile === "away") for (const member of [...fleet.members]) await fleet.kill9(member);
    if (meanwhile !== "running") await publisher.burst(random.integer(1, 1_000));
    const numbers = await logNumbers(world);
    logs.remember(await readTopic(world.broker.address), numbers);
    if (what === "whole logs") logs.end(numbers);
    return world.watch.losing(async () => {
      const lost = await lose(meanwhile);
      await publisher.beginAnew();
      return lost;
    });
  });
  // The places of what was read are taken by other events before ingest looks again.
  if (random.chance(0.5)) await publisher.burst(random.integer(1, 4_000));
  over();
  signal("SIGCONT");
  if (meanwhile === "away") await fleet.start();
  return `${detail}, ingest ${meanwhile}`;
}

export const logFaults: Fault[] = [
  {
    kind: "topic-anew",
    description: "the topic deleted and made anew, by an administrator or by ingest itself",
    holds: EVERYTHING,
    inject: (world, random, over) =>
      losing(world, random, "whole logs", over, async (meanwhile) => {
        await world.admin((admin) => admin.deleteTopics({ topics: [TOPIC] }));
        const byIngest = meanwhile === "running" && random.chance(0.5);
        if (!byIngest) await createTopic(world);
        return byIngest ? "deleted, made by ingest" : "deleted and made";
      }),
  },
  {
    kind: "broker-data-lost",
    description: "kill -9 of the broker, its records and committed offsets removed, started",
    holds: EVERYTHING,
    inject: (world, random, over) =>
      losing(world, random, "whole logs", over, async () => {
        await loseData(world.broker);
        if (world.broker.kafka === "embedded") await createTopic(world);
        return "all of it";
      }),
  },
  {
    kind: "log-tail-lost",
    description:
      "kill -9 of the broker, the ends of segment files cut off, in the middle of a batch too, started",
    holds: EVERYTHING,
    inject: (world, random, over) =>
      losing(world, random, "whole logs", over, async () => {
        const { broker } = world;
        await broker.kill9();
        let cut = 0;
        for (const file of await broker.segmentFiles()) {
          if (random.chance(0.3)) continue;
          const { size } = await stat(file);
          const bytes = Math.min(size, random.integer(1, random.pick([2_000, 20_000, 200_000])));
          await truncate(file, size - bytes);
          cut += bytes;
        }
        await broker.restart();
        return `${cut} bytes`;
      }),
  },
  {
    kind: "records-deleted",
    description: "the start of logs moved past records that were never read: recorded as gaps",
    holds: EVERYTHING,
    inject: (world, random, over) =>
      losing(world, random, "records", over, () =>
        world.admin(async (admin) => {
          const ends = await admin.fetchTopicOffsets(TOPIC);
          const partitions = ends
            .filter(() => random.chance(0.7))
            .map(({ partition, high }) => ({
              partition,
              offset: String(Math.max(0, Number(high) - random.integer(0, 50))),
            }));
          if (partitions.length > 0) await admin.deleteTopicRecords({ topic: TOPIC, partitions });
          return `in ${partitions.length} partitions`;
        }),
      ),
  },
];
