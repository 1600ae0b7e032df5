import fc from "fast-check";
import { type Command, command, partition, process } from "./command.ts";
import { describe, message, POSTS } from "./messages.ts";

export const publish: fc.Arbitrary<Command> = fc
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
      return low > log.low && (low === log.high || log.at(low) !== undefined) && model.isOpen(p, log);
    },
  ),
);

export const remake: fc.Arbitrary<Command> = partition.map((p) =>
  command(
    `partition ${p} is made anew`,
    (world) => world.remake(p),
    ({ logs }) => logs[p]!.high > 0,
  ),
);

export const audit: fc.Arbitrary<Command> = fc.constant(command("audit", (world) => world.audit()));
