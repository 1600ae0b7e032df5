import { beforeAll, describe, expect, it } from "vitest";
import { splitBatches } from "../../packages/embedded-kafka/test/support/batches.ts";
import { TopicClient } from "../../packages/embedded-kafka/test/support/brokers.ts";
import { hasKcat, kcat } from "../../packages/embedded-kafka/test/support/kcat.ts";
import { produceWithJava } from "../support/apacheKafka/consoleProducer.ts";
import { hasApacheKafka, startTestApacheKafka } from "../support/apacheKafka/testBroker.ts";
import { startTestBroker, type TestBroker } from "../support/broker.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger, messageOf, TOPIC } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";

type Publish = (broker: string, codec: string, lines: string[]) => Promise<unknown>;

const CODECS = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 };
const EVENTS = 1_200;
/** Small batches, so that one fetch holds many. */
const BATCH_EVENTS = 40;
const BATCH_BYTES = 4_000;

const withKcat: Publish = (broker, codec, lines) => {
  const options = ["-X", `batch.num.messages=${BATCH_EVENTS}`];
  return kcat(
    ["-b", broker, "-P", "-t", TOPIC, "-z", codec, "-K", "\t", ...options],
    `${lines.join("\n")}\n`,
  );
};
const withJava: Publish = (broker, codec, lines) =>
  produceWithJava(broker, { topic: TOPIC, codec, batchBytes: BATCH_BYTES }, lines);

const PRODUCERS = [
  { producer: "librdkafka", publish: withKcat, here: hasKcat },
  { producer: "Java's client", publish: withJava, here: hasApacheKafka },
];
const BROKERS = [
  { name: "the embedded broker", start: startTestBroker, here: true },
  { name: "the real Apache Kafka", start: startTestApacheKafka, here: hasApacheKafka },
];

/** Each broker keeps one topic and one account from the first test to the last. */
for (const { name, start, here } of BROKERS) {
  describe.skipIf(!here)(`I4: compressed batches count like others, on ${name}`, () => {
    let broker: TestBroker;
    let pipeline: Pipeline;
    let ledger: Ledger;

    beforeAll(async () => {
      const database = createTestDatabase();
      broker = await start();
      pipeline = await Pipeline.open((await database).url, broker.address);
      await pipeline.createTopic();
      ledger = await Ledger.open(broker.address, Pipeline.POSTS);
    });

    const batchesByCodec = async (): Promise<Map<number, number>> => {
      const client = await TopicClient.open({ host: "127.0.0.1", port: broker.port }, TOPIC, 6);
      const counts = new Map<number, number>();
      for (const { bytes } of splitBatches((await client.fetch(0)).records)) {
        const codec = bytes.readInt16BE(21) & 7;
        counts.set(codec, (counts.get(codec) ?? 0) + 1);
      }
      return counts;
    };

    for (const { producer, publish, here: canPublish } of PRODUCERS) {
      it.skipIf(!canPublish)(`gzip, snappy, lz4 and zstd from ${producer}`, async () => {
        const before = await batchesByCodec();
        for (const codec of Object.keys(CODECS)) {
          const events = Array.from({ length: EVENTS }, () => ledger.newEvent());
          for (const event of events) ledger.events.set(event.id, event);
          const lines = events.map(messageOf).map(({ key, value }) => `${key}\t${value}`);
          await publish(broker.address, codec, lines);
        }
        const after = await batchesByCodec();
        for (const [codec, number] of Object.entries(CODECS))
          expect((after.get(number) ?? 0) - (before.get(number) ?? 0), `${codec} batches`).toBeGreaterThan(1);
        // Only now, so that its first fetch finds many batches of every codec.
        const ingest = await pipeline.startIngest();
        await pipeline.settled();
        await pipeline.expectExact(ledger);
        await ingest.stop();
      });
    }

    it("a plain event after them counts too", async () => {
      await pipeline.startIngest();
      await ledger.publish(1);
      await pipeline.settled();
      await pipeline.expectExact(ledger);
    });
  });
}
