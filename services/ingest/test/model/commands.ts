import fc from "fast-check";
import type { Fault } from "./faults.ts";
import { describe, message, POSTS } from "./messages.ts";
import { PARTITIONS, PROCESSES, type World } from "./world.ts";

type Command = fc.AsyncCommand<World, World>;

const command = (
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

const process = fc.nat({ max: PROCESSES - 1 });
const partition = fc.nat({ max: PARTITIONS - 1 });
const count = fc.integer({ min: 1, max: 4 });
/** A quiet write makes about seven statements, one that meets a stored id about twice as many. */
const at = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 9, max: 20 }));
const cut: fc.Arbitrary<Fault> = fc.record({ at, how: fc.constantFrom("before", "during") });
const cutOfFold: fc.Arbitrary<Fault> = fc.record({
  at: fc.integer({ min: 1, max: 40 }),
  how: fc.constantFrom("before", "during"),
});
const atTimes = (fault: fc.Arbitrary<Fault>) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fault });
const inWords = (fault: Fault | undefined) => (fault ? `, cut ${fault.how} statement ${fault.at}` : "");

const publish = fc
  .tuple(
    partition,
    fc.array(fc.record({ holes: fc.constantFrom(0, 0, 0, 0, 1), message }), { minLength: 1, maxLength: 4 }),
  )
  .map(([p, messages]) =>
    command(
      `publish to ${p}: ${messages.map(({ holes, message: m }) => (holes ? "hole, " : "") + describe(m)).join("; ")}`,
      (world) => world.publish(p, messages),
    ),
  );

const fetch = fc
  .tuple(
    process,
    partition,
    count,
    fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: cut }),
  )
  .map(([i, p, n, fault]) =>
    command(
      `process ${i} fetches ${n} of ${p}${inWords(fault)}`,
      (world) => world.fetch(i, p, n, fault),
      (world) => world.processes[i]!.canFetch(p),
    ),
  );

const hasQueued = (i: number) => (world: World) => world.processes[i]!.hasQueued;

const write = fc
  .tuple(process, atTimes(cut), fc.boolean())
  .map(([i, fault, dies]) =>
    command(
      `process ${i} writes${inWords(fault)}${fault ? (dies ? " and dies" : " and tries again") : ""}`,
      (world) => world.write(i, fault, dies),
      hasQueued(i),
    ),
  );

const deliver = fc
  .tuple(process, count, atTimes(cut), fc.boolean())
  .map(([i, n, fault, dies]) =>
    command(
      `process ${i} fetches ${n} of each partition and writes${inWords(fault)}${fault ? (dies ? " and dies" : " and tries again") : ""}`,
      (world) => world.deliver(i, n, fault, dies),
    ),
  );

/** What the one process does while the other stands still in a transaction. */
const meanwhile = fc
  .tuple(process, at, fc.constantFrom("write", "fold", "post"), fc.constantFrom("on", "cut"), fc.boolean())
  .map(([i, statement, what, then, dies]) => {
    const other = 1 - i;
    const fault: Fault = { at: statement, how: "hold" };
    return command(
      `process ${i} writes, stands still at statement ${statement} while ${what === "post" ? "post 0 changes" : `process ${other} ${what}s`}, then ${then === "on" ? "goes on" : `is cut and ${dies ? "dies" : "tries again"}`}`,
      (world) =>
        world.meanwhile(
          world.processes[i]!.wire,
          () => world.write(i, fault, dies),
          () => {
            if (what === "write") return world.write(other);
            if (what === "fold") return world.fold(other, 50_000);
            return world.putPost(0, { author: 1, category: 1, daysOld: 30 });
          },
          then,
        ),
      hasQueued(i),
    );
  });

const fold = fc
  .tuple(process, fc.constantFrom(1, 50_000), atTimes(cutOfFold))
  .map(([i, buckets, fault]) =>
    command(`process ${i} folds, moving ${buckets} quarters at most${inWords(fault)}`, (world) =>
      world.fold(i, buckets, fault),
    ),
  );

const foldMeanwhile = fc
  .tuple(
    process,
    fc.integer({ min: 1, max: 40 }),
    fc.constantFrom("write", "fold", "post"),
    fc.constantFrom("on", "cut"),
  )
  .map(([i, statement, what, then]) => {
    const other = 1 - i;
    return command(
      `process ${i} folds, stands still at statement ${statement} while ${what === "post" ? "post 1 changes" : `process ${other} ${what}s`}, then ${then === "on" ? "goes on" : "is cut"}`,
      async (world) =>
        world.meanwhile(
          await world.foldWire(i),
          () => world.fold(i, 50_000, { at: statement, how: "hold" }),
          () => {
            if (what === "write") return world.write(other);
            if (what === "fold") return world.fold(other, 50_000);
            return world.putPost(1, { author: 0, category: 2, daysOld: 90 });
          },
          then,
        ),
    );
  });

const revoke = fc
  .tuple(process, partition)
  .map(([i, p]) => command(`process ${i} loses partition ${p}`, (world) => world.processes[i]!.revoke(p)));

const putPost = fc
  .tuple(
    fc.nat({ max: POSTS - 1 }),
    fc.record({
      author: fc.nat({ max: 1 }),
      category: fc.nat({ max: 1 }),
      daysOld: fc.constantFrom(1, 7, 30, 90),
    }),
  )
  .map(([post, to]) =>
    command(
      `post ${post} is put: author ${to.author}, category ${to.category}, ${to.daysOld} days old`,
      (world) => world.putPost(post, to),
    ),
  );

const passTime = fc
  .constantFrom(1, 5, 61, 1441, 2881)
  .map((minutes) => command(`${minutes} minutes pass`, (world) => world.passTime(minutes)));

const truncate = fc.tuple(partition, fc.nat({ max: 8 })).map(([p, low]) =>
  command(
    `partition ${p} no longer holds offsets below ${low}`,
    (world) => world.truncate(p, low),
    ({ logs, model }) => low > logs[p]!.low && low <= logs[p]!.high && model.isOpen(p, logs[p]!),
  ),
);

const remake = partition.map((p) =>
  command(
    `partition ${p} is made anew`,
    (world) => world.remake(p),
    ({ logs }) => logs[p]!.high > 0,
  ),
);

const audit = fc.constant(command("audit", (world) => world.audit()));

const times = (count: number, arbitrary: fc.Arbitrary<Command>) => Array(count).fill(arbitrary);

/** Each kind of command as often as it stands here. */
export const commands: fc.Arbitrary<Command>[] = [
  ...times(8, publish),
  ...times(10, deliver),
  ...times(6, fetch),
  ...times(6, write),
  ...times(5, meanwhile),
  ...times(2, fold),
  ...times(1, foldMeanwhile),
  ...times(2, revoke),
  ...times(2, putPost),
  ...times(2, passTime),
  ...times(1, truncate),
  ...times(1, remake),
  audit,
];
