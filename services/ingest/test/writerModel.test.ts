/**
 * The real writer, readers and fold on a real PostgreSQL, held against a model in plain maps through random histories:
 * events of every kind, redeliveries, rebalances, frozen owners, lost logs, and connections cut at any statement. A
 * history that fails is shrunk to its shortest; nothing else has to be known to read it.
 *
 *   MODEL_RUNS=20000 npx vitest run services/ingest/test/writerModel     many histories
 *   MODEL_SEED=.. MODEL_RUNS=..                                          the run that printed them when it failed
 *   MODEL_SEED=.. MODEL_PATH=.. MODEL_REPLAY=..                          the failure that printed seed, path, replayPath
 */
import fc from "fast-check";
import { it } from "vitest";
import { commands } from "./model/commands.ts";
import { ModelDatabase } from "./model/modelDatabase.ts";
import { World } from "./model/world.ts";

const { MODEL_RUNS = "60", MODEL_SEED, MODEL_PATH, MODEL_REPLAY } = process.env;
const RUNS = Number(MODEL_RUNS);
/** Databases side by side: while one waits for its server, the other goes on. */
const LANES = MODEL_PATH ? 1 : 2;
/** An audit reads all that a database has. */
const HISTORIES_A_DATABASE = 200;
/** So long ago that no history reaches the database's own clock, which no watermark may pass. */
const CLOCK = Date.UTC(2024, 2, 15);

const history = fc.record({
  commands: fc.commands(commands, {
    maxCommands: 30,
    size: "max",
    ...(MODEL_REPLAY && { replayPath: MODEL_REPLAY }),
  }),
  /** A fold costs as much as all the rest of a history. */
  isSettled: fc.nat({ max: 2 }).map((choice) => choice === 0),
});

async function checkHistories(runs: number, seed: number): Promise<void> {
  let database = await ModelDatabase.open(CLOCK);
  let isSpoiled = false;
  try {
    await fc.assert(
      fc.asyncProperty(history, async ({ commands, isSettled }) => {
        if (isSpoiled || database.histories >= HISTORIES_A_DATABASE) {
          await database.close();
          database = await ModelDatabase.open(CLOCK);
        }
        isSpoiled = true; // until the history has held
        const world = await World.begin(database);
        await fc.asyncModelRun(() => ({ model: world, real: world }), commands);
        await world.finish();
        if (isSettled) await world.settle();
        isSpoiled = false;
      }),
      { numRuns: runs, seed, ...(MODEL_PATH && { path: MODEL_PATH }) },
    );
  } finally {
    await database.close();
  }
}

it(
  "stores, counts and accounts for every event once, whatever happens",
  async () => {
    const seed = MODEL_SEED ? Number(MODEL_SEED) : Date.now() | 0;
    const lanes = Array.from({ length: LANES }, (_, lane) =>
      checkHistories(Math.ceil(RUNS / LANES), seed + lane),
    );
    for (const lane of await Promise.allSettled(lanes))
      if (lane.status === "rejected")
        throw new Error(`MODEL_SEED=${seed} MODEL_RUNS=${RUNS}: ${lane.reason.message}`, {
          cause: lane.reason,
        });
  },
  600_000 + 2_000 * RUNS,
);

it("goes on in a topic that was made anew where only offsets without a record were passed: no log has others there", async () => {
  const database = await ModelDatabase.open(CLOCK);
  try {
    const world = await World.begin(database);
    const behindHole = {
      holes: 1,
      message: { kind: "new", id: "v4", post: 0, type: 0, minutesAgo: 0 },
    } as const;
    world.publish(1, [behindHole]);
    await world.deliver(0, 1);
    world.cut(1, 0, 0, "made again");
    world.publish(1, [behindHole]);
    await world.deliver(0, 1);
    await world.check();
    await world.finish();
    await world.settle();
  } finally {
    await database.close();
  }
});

it("does not take another's commit for its own when the topic was made anew before anything of it was read", async () => {
  const database = await ModelDatabase.open(CLOCK);
  try {
    const world = await World.begin(database);
    const event = { holes: 0, message: { kind: "new", id: "v4", post: 0, type: 0, minutesAgo: 0 } } as const;
    world.publish(0, [event, event]);
    await world.fetch(0, 0, 2);
    world.cut(0, 0, 0, "made again");
    world.publish(0, [event, event, event]);
    await world.fetch(1, 0, 2);
    await world.write(0);
    await world.write(1);
    await world.check();
    await world.finish();
    await world.settle();
  } finally {
    await database.close();
  }
});
