import fc from "fast-check";
import type { Fault } from "./faults.ts";
import { PARTITIONS, PROCESSES, type World } from "./world.ts";

export type Command = fc.AsyncCommand<World, World>;

/** After every command, what the writer keeps is held against the model. */
export const command = (
  text: string,
  run: (world: World) => unknown,
  check: (world: World) => boolean = () => true,
): Command => ({
  check,
  async run(world) {
    await run(world);
    await world.check();
  },
  toString: () => text,
});

export const process = fc.nat({ max: PROCESSES - 1 });
export const partition = fc.nat({ max: PARTITIONS - 1 });
export const count = fc.integer({ min: 1, max: 4 });

const cutAt = (at: fc.Arbitrary<number>): fc.Arbitrary<Fault> =>
  fc.record({ at, how: fc.constantFrom("before", "during") });

/** A quiet write makes about eight statements, one that meets a stored id about twice as many. */
export const statementOfWrite = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 9, max: 20 }));
export const statementOfFold = fc.integer({ min: 1, max: 40 });
export const cutOfWrite = cutAt(statementOfWrite);
export const cutOfFold = cutAt(statementOfFold);

/** A fault once in `times`; a failure without one is the simpler. */
export const atTimes = (times: number, fault: fc.Arbitrary<Fault>): fc.Arbitrary<Fault | undefined> =>
  fc.oneof(
    { withCrossShrink: true },
    { weight: times - 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fault },
  );

export const inWords = (fault: Fault | undefined): string =>
  fault ? `, cut ${fault.how} statement ${fault.at}` : "";
