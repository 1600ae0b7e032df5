import { CompressionTypes } from "kafkajs";
import { describe, expect, it } from "vitest";
import { makeBatch, splitBatches } from "../../../packages/embedded-kafka/test/support/batches.ts";
import { until } from "../../support/until.ts";
import type { TestClients } from "../clients.ts";

const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ key: `key ${i}`, value: `value ${i}` }));

export function records(clients: TestClients): void {
  describe("records", () => {
    it("a message comes back with its key, value, headers, time and offset", async () => {
      const producer = await clients.producer();
      const topic = await clients.topic(2);
      const headers = { one: "1", many: ["a", "b"] };
      const sent = await producer.send({
        topic,
        messages: [
          { partition: 1, key: "k", value: "v", headers, timestamp: "1700000000123" },
          { partition: 1, key: null, value: null, timestamp: "1700000000001" },
        ],
      });
      expect(sent).toMatchObject([{ topicName: topic, partition: 1, errorCode: 0, baseOffset: "0" }]);
      const { received } = await clients.consumer(topic);
      await until(() => received.length === 2);
      expect(received).toMatchObject([
        {
          partition: 1,
          offset: "0",
          key: Buffer.from("k"),
          value: Buffer.from("v"),
          timestamp: "1700000000123",
          headers: { one: Buffer.from("1"), many: [Buffer.from("a"), Buffer.from("b")] },
        },
        { partition: 1, offset: "1", key: null, value: null, timestamp: "1700000000001" },
      ]);
    });

    it.for([
      ["plain", CompressionTypes.None],
      ["gzip", CompressionTypes.GZIP],
    ] as const)(
      "what an idempotent producer sends %s arrives once and in order",
      async ([_name, compression]) => {
        const producer = await clients.producer({ idempotent: true });
        const topic = await clients.topic();
        for (let i = 0; i < 5; i++) await producer.send({ topic, compression, messages: numbered(100) });
        const { received } = await clients.consumer(topic);
        await until(() => received.length >= 500);
        expect(received.map(({ offset, value }) => [offset, String(value)])).toEqual(
          Array.from({ length: 500 }, (_, i) => [String(i), `value ${i % 100}`]),
        );
      },
    );

    it("of an idempotent producer, each of the last five batches sent again gets its first offset and is stored once", async () => {
      const client = await clients.topicClient();
      const { producerId, epoch } = await client.raw.request("InitProducerId", 1, { timeout: 60_000 });
      const batch = (sequence: number) => makeBatch({ values: ["v"], producerId, epoch, sequence });
      for (let i = 0; i < 6; i++)
        expect(await client.produce(batch(i))).toMatchObject({ error: 0, baseOffset: i });
      for (let i = 1; i < 6; i++)
        expect(await client.produce(batch(i))).toMatchObject({ error: 0, baseOffset: i });
      expect(await client.produce(batch(7))).toMatchObject({ error: 45 });
      expect(await client.produce(batch(0))).toMatchObject({ error: 45 });
      expect(await client.latest()).toBe(6);
      expect(await client.produce(batch(6))).toMatchObject({ error: 0, baseOffset: 6 });
    });

    it("of an idempotent producer, an older epoch is refused, and a newer one begins at sequence 0", async () => {
      const client = await clients.topicClient();
      const { producerId } = await client.raw.request("InitProducerId", 1, { timeout: 60_000 });
      const produce = async (sequence: number, epoch: number) =>
        (await client.produce(makeBatch({ values: ["v"], producerId, epoch, sequence }))).error;
      expect(await produce(0, 1)).toBe(0);
      expect(await produce(1, 0)).toBe(47);
      expect(await produce(5, 2)).toBe(45);
      expect(await produce(0, 2)).toBe(0);
    });

    it("sequence numbers go round after 2^31 - 1", async () => {
      const client = await clients.topicClient();
      const { producerId } = await client.raw.request("InitProducerId", 1, { timeout: 60_000 });
      const batch = (sequence: number, values: string[]) =>
        makeBatch({ values, producerId, epoch: 0, sequence });
      const last = 0x7fff_ffff;
      const first = { error: 0, baseOffset: 0 };
      expect(await client.produce(batch(last - 1, ["a", "b", "c"]))).toMatchObject(first);
      expect(await client.produce(batch(1, ["d"]))).toMatchObject({ error: 0, baseOffset: 3 });
      expect(await client.produce(batch(last - 1, ["a", "b", "c"]))).toMatchObject(first);
    });

    it("the offset for a time is that of the first record of that time or later, in plain and gzip batches", async () => {
      for (const gzip of [false, true]) {
        const client = await clients.topicClient();
        const base = Date.now();
        const times = [0, 50, 20, 70, 60, 90].map((ms) => base + ms);
        await client.produce(makeBatch({ values: ["a", "b", "c"], timestamps: times.slice(0, 3), gzip }));
        await client.produce(makeBatch({ values: ["d", "e", "f"], timestamps: times.slice(3), gzip }));
        for (let ms = -10; ms <= 100; ms += 10) {
          const offset = times.findIndex((time) => time >= base + ms);
          const timestamp = times[offset] ?? -1;
          expect(await client.offsetFor(base + ms)).toMatchObject({ error: 0, offset, timestamp });
        }
      }
    });

    it("kafkajs finds offsets by time, and the end where nothing is that late", async () => {
      const admin = await clients.admin();
      const producer = await clients.producer();
      const topic = await clients.topic();
      const base = Date.now();
      for (const ms of [0, 1_000])
        await producer.send({ topic, messages: [{ value: "v", timestamp: String(base + ms) }] });
      const offset = async (ms: number) =>
        (await admin.fetchTopicOffsetsByTimestamp(topic, base + ms))[0]!.offset;
      expect([await offset(-1), await offset(500), await offset(1_001)]).toEqual(["0", "1", "2"]);
    });

    it("a fetch from inside a batch gets the whole batch, at least one however small the limit, else as many as fit", async () => {
      const client = await clients.topicClient();
      const batch = makeBatch({ values: ["a", "b", "c"] });
      for (let i = 0; i < 3; i++) await client.produce(batch);
      const offsets = async (from: number, maxBytes: number) =>
        splitBatches((await client.fetch(from, { maxBytes })).records).map(({ baseOffset }) => baseOffset);
      expect(await offsets(4, 1 << 20)).toEqual([3, 6]);
      expect(await offsets(0, 1)).toEqual([0]);
    });

    it("an idle fetch waits its time, and an append ends the wait", async () => {
      const client = await clients.topicClient();
      const writer = await clients.raw();
      const start = performance.now();
      expect((await client.fetch(0, { maxWait: 300 })).records).toHaveLength(0);
      expect(performance.now() - start).toBeGreaterThanOrEqual(290);
      const waiting = client.fetch(0, { maxWait: 60_000 });
      const partitions = [{ partition: 0, records: makeBatch({ values: ["v"] }) }];
      await writer.request("Produce", 8, {
        acks: -1,
        timeout: 5_000,
        topics: [{ name: client.topic, partitions }],
      });
      expect(splitBatches((await waiting).records)).toHaveLength(1);
    });
  });
}
