import fc from "fast-check";
import { type Command, command, partition, process } from "./command.ts";
import { describe, type Message, message, POSTS } from "./messages.ts";

const messages = fc.array(fc.record({ holes: fc.constantFrom(0, 0, 0, 0, 1), message }), {
  minLength: 1,
  maxLength: 4,
});
const inWords = (sent: { holes: number; message: Message }[]) =>
  sent.map(({ holes, message: m }) => (holes ? "hole, " : "") + describe(m)).join("; ");

export const publish: fc.Arbitrary<Command> = fc
  .tuple(partition, messages)
  .map(([p, sent]) => command(`publish to ${p}: ${inWords(sent)}`, (world) => world.publish(p, sent)));

export const beginTransaction: fc.Arbitrary<Command> = fc.tuple(partition, messages).map(([p, sent]) =>
  command(
    `a transaction to ${p} begins: ${inWords(sent)}`,
    (world) => world.beginTransaction(p, sent),
    ({ logs }) => !logs[p]!.hasOpenTransaction,
  ),
);

export const endTransaction: fc.Arbitrary<Command> = fc
  .tuple(partition, fc.constantFrom("commit", "abort", "abort"))
  .map(([p, how]) =>
    command(
      `${how} of the transaction to ${p}`,
      (world) => world.endTransaction(p, how),
      ({ logs }) => logs[p]!.hasOpenTransaction,
    ),
  );

export const revoke: fc.Arbitrary<Command> = fc
  .tuple(process, partition)
  .map(([i, p]) => command(`process ${i} loses partition ${p}`, (world) => world.processes[i]!.revoke(p)));

export const putPost: fc.Arbitrary<Command> = fc
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

export const passTime: fc.Arbitrary<Command> = fc
  .constantFrom(1, 5, 61, 1441, 2881)
  .map((minutes) => command(`${minutes} minutes pass`, (world) => world.passTime(minutes)));

export const expire: fc.Arbitrary<Command> = fc
  .constantFrom(1, 14, 30)
  .map((months) => command(`events older than ${months} months expire`, (world) => world.expire(months)));

export const truncate: fc.Arbitrary<Command> = fc.tuple(partition, fc.nat({ max: 8 })).map(([p, low]) =>
  command(
    `partition ${p} no longer holds offsets below ${low}`,
    (world) => world.truncate(p, low),
    ({ logs, model }) => {
      const log = logs[p]!;
      return low > log.low && low <= log.stable && model.isOpen(p, log);
    },
  ),
);

/** Around the next offset, which is where a log that was cut is taken for the same most easily. */
export const cut: fc.Arbitrary<Command> = fc
  .tuple(
    partition,
    fc.constantFrom(Number.NEGATIVE_INFINITY, -3, -2, -1, 0, 1),
    fc.constantFrom("made again", "lost"),
  )
  .map(([p, beyond, how]) =>
    command(
      `partition ${p} is ${how === "lost" ? "cut" : "made again with what it had"} up to its next offset ${beyond < 0 ? "" : "+"}${beyond}`,
      (world) => {
        const low = how === "lost" ? world.logs[p]!.low : 0;
        world.cut(p, Math.max(low, world.model.open.get(p)!.next + beyond), low, how);
      },
      ({ logs }) => logs[p]!.high > 0,
    ),
  );

/**
 * What makes a log that was cut hard to tell: offsets without a record lie behind the last record read, and where it is
 * cut behind that record it holds all that was read.
 */
export const refill: fc.Arbitrary<Command> = fc
  .tuple(process, partition, messages, fc.nat({ max: 2 }), fc.constantFrom("made again", "lost"), messages)
  .map(([i, p, aborted, beyond, how, sent]) =>
    command(
      `a new event to ${p}, an aborted transaction (${inWords(aborted)}), process ${i} reads and writes all; ${p} is ${how === "lost" ? "cut" : "made again"} ${beyond} behind its last record and gets: ${inWords(sent)}`,
      async (world) => {
        world.publish(p, [{ holes: 0, message: { kind: "new", id: "v4", post: 0, type: 0, minutesAgo: 0 } }]);
        const kept = world.logs[p]!.high + beyond;
        world.beginTransaction(p, aborted);
        world.endTransaction(p, "abort");
        await world.deliver(i, Number.POSITIVE_INFINITY);
        const low = how === "lost" ? world.logs[p]!.low : 0;
        world.cut(p, kept, low, how);
        world.publish(p, sent);
      },
      ({ logs }) => !logs[p]!.hasOpenTransaction,
    ),
  );

export const renewWatermarks: fc.Arbitrary<Command> = process.map((i) =>
  command(`process ${i} renews its watermarks`, (world) => world.renewWatermarks(i)),
);

export const audit: fc.Arbitrary<Command> = fc.constant(command("audit", (world) => world.audit()));
