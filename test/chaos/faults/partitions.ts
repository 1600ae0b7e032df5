import { TOPIC } from "../../support/ledger.ts";
import { EVERYTHING, type Fault } from "../fault.ts";

/** A topic that is made anew later has six again: the logs of the others end with it. */
const MOST = 12;

export const partitionFaults: Fault[] = [
  {
    kind: "partitions-added",
    description: "the topic gets one or two partitions more, while events are published into them",
    holds: EVERYTHING,
    async inject({ admin, publisher }, random) {
      const added = random.integer(1, 2);
      const count = await admin(async (client) => {
        const before = (await client.fetchTopicOffsets(TOPIC)).length;
        const after = Math.min(MOST, before + added);
        if (after > before)
          await client.createPartitions({ topicPartitions: [{ topic: TOPIC, count: after }] });
        return after;
      });
      await publisher.beginAnew();
      await publisher.burst(1_000);
      return `${count} now`;
    },
  },
];
