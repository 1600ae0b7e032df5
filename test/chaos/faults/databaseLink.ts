import { setTimeout as sleep } from "node:timers/promises";
import type { Moment } from "../../support/proxy/postgresLink.ts";
import type { Fault, Part } from "../fault.ts";
import type { World } from "../world.ts";
import { inTime } from "./inTime.ts";

const WRITER = "pulseboard-ingest";
const FOLD = "pulseboard-fold";
const HOLDS: Part[] = ["ingest", "database", "database link"];

async function cut(world: World, moment: Moment, application: string): Promise<void> {
  const { databaseLink, publisher } = world;
  const done = databaseLink.cutAt(moment, application);
  await publisher.burst(1_000);
  await inTime(done, `${application} to come to ${moment.at}`).finally(() => databaseLink.disarm());
}

export const databaseLinkFaults: Fault[] = [
  {
    kind: "cut-in-copy",
    description: "the connection to PostgreSQL is cut in the middle of a COPY, after a drawn number of bytes",
    holds: HOLDS,
    async inject(world, random) {
      const bytes = random.integer(1, 3_000);
      await cut(world, { at: "copy", bytes }, WRITER);
      return `after ${bytes} bytes`;
    },
  },
  {
    kind: "cut-before-commit",
    description:
      "the connection is cut with a COMMIT on its way that never arrives, of the writer or the fold",
    holds: HOLDS,
    async inject(world, random) {
      const application = random.pick([WRITER, FOLD]);
      await cut(world, { at: "before commit" }, application);
      return application;
    },
  },
  {
    kind: "cut-after-commit",
    description: "the connection is cut when the COMMIT has been done and its answer is on its way",
    holds: HOLDS,
    async inject(world, random) {
      const application = random.pick([WRITER, WRITER, FOLD]);
      const times = random.integer(1, 3);
      for (let time = 0; time < times; time++) await cut(world, { at: "after commit" }, application);
      return `${application}, ${times} times`;
    },
  },
  {
    kind: "database-slow",
    description: "every packet to and from PostgreSQL is delayed",
    holds: ["database link"],
    async inject({ databaseLink: { relay }, publisher, lasting }, random) {
      relay.delayMs = random.integer(20, 150);
      const ms = lasting(10_000, 2_500);
      await publisher.burst(2_000);
      await sleep(ms);
      const detail = `by ${relay.delayMs} ms, for ${ms} ms`;
      relay.delayMs = 0;
      return detail;
    },
  },
  {
    kind: "database-silent",
    description: "the network to PostgreSQL swallows everything for a while, without closing a connection",
    holds: ["database link"],
    async inject({ databaseLink: { relay }, publisher, lasting }, random, over) {
      const burst = publisher.burst(2_000);
      await sleep(random.integer(0, 300));
      relay.stall();
      const ms = random.integer(1_000, lasting(15_000, 3_000));
      await sleep(ms);
      relay.resume();
      over();
      await burst;
      return `${ms} ms`;
    },
  },
];
