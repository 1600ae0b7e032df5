import { TOPIC } from "../../support/ledger.ts";
import { until } from "../../support/until.ts";
import type { Fault } from "../fault.ts";
import { readTopic } from "../topicContent.ts";

const MOST_REDELIVERED = 5_000;

export const messageFaults: Fault[] = [
  {
    kind: "broken-messages",
    description: "NUL, lone surrogates, deep nesting, no time, 66 and 600 kB, no JSON, among good ones",
    holds: ["traffic"],
    async inject({ publisher, traffic }, random) {
      const messages = random.shuffled([...traffic.allOdd(), ...traffic.allOdd(), ...traffic.mixed(200)]);
      await publisher.send(messages);
      return `${messages.length} messages`;
    },
  },
  {
    kind: "late-events",
    description: "events of years ago, at the edges of months and years, in months that have no table yet",
    holds: ["traffic"],
    async inject({ publisher, traffic }) {
      const messages = Array.from({ length: 500 }, () => traffic.late());
      await publisher.send(messages);
      return `${messages.length} messages`;
    },
  },
  {
    kind: "duplicates",
    description: "repeats inside a batch, across batches and across partitions",
    holds: ["traffic"],
    async inject({ publisher, traffic }, random) {
      const fresh = traffic.mixed(500);
      const elsewhere = fresh.map((message) => ({ ...message, key: String(random.integer(1, 1_000)) }));
      await publisher.send(random.shuffled([...fresh, ...fresh, ...elsewhere]));
      await publisher.send(traffic.repeats(1_000));
      return "2,500 messages";
    },
  },
  {
    kind: "catalogue-changed",
    description:
      "posts move to other authors and categories while they are engaged: their history goes along",
    holds: ["database"],
    async inject({ publisher, query, lasting }, random) {
      const burst = publisher.burst(1_000);
      const rounds = lasting(5, 2);
      for (let round = 0; round < rounds; round++) {
        const [author, category] = [random.integer(1, 20), random.pick(["Tech", "Food", "Health", "Travel"])];
        await query("update posts set author_id = $1, category = $2 where post_id % 10 = $3", [
          author,
          category,
          random.integer(0, 9),
        ]);
      }
      await burst;
      return `${rounds} times 30 posts`;
    },
  },
  {
    kind: "redelivery",
    description: "what the topic holds published once more, byte for byte (up to 5,000 messages of it)",
    holds: ["broker", "traffic"],
    async inject({ publisher, broker }) {
      const logs = [...(await readTopic(broker.address)).values()];
      const records = logs.flatMap((log) => [...log.records.values()]).slice(0, MOST_REDELIVERED);
      await publisher.send(
        records.map(({ key, value, timestamp }) => ({ key, value, timestamp: String(timestamp) })),
      );
      return `${records.length} messages`;
    },
  },
  {
    kind: "group-rewound",
    description: "the consumer group's offsets set back to the start of the topic while no process runs",
    holds: ["ingest", "broker", "broker link"],
    async inject(world, _, over) {
      const { fleet } = world;
      for (const member of [...fleet.members]) await fleet.stop(member);
      const rewind = () =>
        world.admin(async (admin) => {
          const { groups } = await admin.listGroups();
          const ours = groups.filter(({ groupId }) => groupId.startsWith(`pulseboard-ingest-${TOPIC}-`));
          for (const { groupId } of ours) await admin.resetOffsets({ groupId, topic: TOPIC, earliest: true });
          return ours.length > 0;
        });
      // Members that were killed stay in the group for some seconds.
      await until(rewind, { what: "the group to be empty", timeoutMs: 60_000, everyMs: 200 });
      over();
      await fleet.start();
      return "to the earliest offset";
    },
  },
];
