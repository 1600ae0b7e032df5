import fc from "fast-check";
import { atTimes, type Command, command, cutOfFold, inWords, process, statementOfFold } from "./command.ts";
import type { World } from "./world.ts";

export const fold: fc.Arbitrary<Command> = fc
  .tuple(process, fc.constantFrom(1, 50_000), atTimes(3, cutOfFold))
  .map(([i, buckets, fault]) =>
    command(`process ${i} folds, moving ${buckets} quarters at most${inWords(fault)}`, (world) =>
      world.fold(i, buckets, fault),
    ),
  );

/** What happens while a fold stands still in its transaction. */
const OTHERS = {
  "the other writes": (world: World, other: number) => world.deliver(other, 4),
  "the other folds": (world: World, other: number) => world.fold(other, 50_000),
  "post 1 changes": (world: World) => world.putPost(1, { author: 0, category: 2, daysOld: 90 }),
};

export const foldMeanwhile: fc.Arbitrary<Command> = fc
  .tuple(
    process,
    statementOfFold,
    fc.constantFrom(...(Object.keys(OTHERS) as (keyof typeof OTHERS)[])),
    fc.constantFrom("on", "cut"),
  )
  .map(([i, statement, what, then]) =>
    command(
      `process ${i} folds, stands still at statement ${statement} while ${what}, then ${then === "on" ? "goes on" : "is cut"}`,
      async (world) =>
        world.meanwhile(
          await world.foldWire(i),
          () => world.fold(i, 50_000, { at: statement, how: "hold" }),
          () => OTHERS[what](world, 1 - i),
          then,
        ),
    ),
  );
