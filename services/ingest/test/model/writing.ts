import fc from "fast-check";
import {
  atTimes,
  type Command,
  command,
  count,
  cutOfWrite,
  inWords,
  partition,
  process,
  statementOfWrite,
} from "./command.ts";
import type { Fault } from "./faults.ts";
import type { World } from "./world.ts";

export const fetch: fc.Arbitrary<Command> = fc
  .tuple(process, partition, count, atTimes(10, cutOfWrite))
  .map(([i, p, n, fault]) =>
    command(
      `process ${i} fetches ${n} of ${p}${inWords(fault)}`,
      (world) => world.fetch(i, p, n, fault),
      (world) => world.processes[i]!.canFetch(p),
    ),
  );

const hasQueued = (i: number) => (world: World) => world.processes[i]!.hasQueued;
const afterwards = (fault: Fault | undefined, dies: boolean) =>
  fault ? (dies ? " and dies" : " and tries again") : "";

export const write: fc.Arbitrary<Command> = fc
  .tuple(process, atTimes(3, cutOfWrite), fc.boolean())
  .map(([i, fault, dies]) =>
    command(
      `process ${i} writes${inWords(fault)}${afterwards(fault, dies)}`,
      (world) => world.write(i, fault, dies),
      hasQueued(i),
    ),
  );

export const deliver: fc.Arbitrary<Command> = fc
  .tuple(process, count, atTimes(3, cutOfWrite), fc.boolean())
  .map(([i, n, fault, dies]) =>
    command(
      `process ${i} fetches ${n} of each partition and writes${inWords(fault)}${afterwards(fault, dies)}`,
      (world) => world.deliver(i, n, fault, dies),
    ),
  );

/** What happens while a writer stands still in its transaction. */
const OTHERS = {
  "the other writes": (world: World, other: number) => world.write(other),
  "the other folds": (world: World, other: number) => world.fold(other, 50_000),
  "post 0 changes": (world: World) => world.putPost(0, { author: 1, category: 1, daysOld: 30 }),
  "events older than 14 months expire": (world: World) => world.expire(14),
};

const stillness = fc.record({
  statement: statementOfWrite,
  goesOn: fc.boolean(),
  dies: fc.boolean(),
});

/** Writes up to the statement, lets the other thing happen, and goes on or is cut there. */
const standStill = (
  world: World,
  i: number,
  { statement, goesOn, dies }: { statement: number; goesOn: boolean; dies: boolean },
  other: () => Promise<unknown>,
) =>
  world.meanwhile(
    world.processes[i]!.wire,
    () => world.write(i, { at: statement, how: "hold" }, dies),
    other,
    goesOn ? "on" : "cut",
  );

const goesOnOrNot = ({ goesOn, dies }: { goesOn: boolean; dies: boolean }) =>
  `then ${goesOn ? "goes on" : `is cut and ${dies ? "dies" : "tries again"}`}`;

export const writeMeanwhile: fc.Arbitrary<Command> = fc
  .tuple(process, stillness, fc.constantFrom(...(Object.keys(OTHERS) as (keyof typeof OTHERS)[])))
  .map(([i, still, what]) =>
    command(
      `process ${i} writes, stands still at statement ${still.statement} while ${what}, ${goesOnOrNot(still)}`,
      (world) => standStill(world, i, still, () => OTHERS[what](world, 1 - i)),
      hasQueued(i),
    ),
  );

/** Two writers at once, of the same partition or of two. */
export const race: fc.Arbitrary<Command> = fc
  .tuple(process, partition, partition, count, stillness)
  .map(([i, p, q, n, still]) =>
    command(
      `processes ${i} and ${1 - i} fetch ${n} of ${p} and of ${q} and write; ${i} stands still at statement ${still.statement}, ${goesOnOrNot(still)}`,
      async (world) => {
        await world.fetchIfPossible(i, p, n);
        await world.fetchIfPossible(1 - i, q, n);
        await standStill(world, i, still, () => world.write(1 - i));
      },
    ),
  );

/**
 * The same as a race of two partitions, with what makes it hard: the one that stands still has met an event that is
 * stored, and while it makes its batch anew the other stores another event of it.
 */
export const collision: fc.Arbitrary<Command> = fc.tuple(process, partition, stillness).map(([i, p, still]) =>
  command(
    `event 0 again and a new one to ${p}, the new one again to ${1 - p}; process ${i} writes the first, ${1 - i} the others; ${i} stands still at statement ${still.statement}, ${goesOnOrNot(still)}`,
    async (world) => {
      world.publish(p, [
        { holes: 0, message: { kind: "again", of: 0, type: 0 } },
        { holes: 0, message: { kind: "new", id: "v4", post: 0, type: 0, minutesAgo: 0 } },
      ]);
      const of = world.published.length - 1;
      world.publish(1 - p, [{ holes: 0, message: { kind: "again", of, type: 1 } }]);
      await world.fetchIfPossible(i, p, Number.POSITIVE_INFINITY);
      await world.fetchIfPossible(1 - i, 1 - p, Number.POSITIVE_INFINITY);
      await standStill(world, i, still, () => world.write(1 - i));
    },
  ),
);
