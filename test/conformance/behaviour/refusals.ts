import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  type BatchSpec,
  makeBatch,
  makeRecord,
} from "../../../packages/embedded-kafka/test/support/batches.ts";
import type { TestClients } from "../clients.ts";

const OUT_OF_RANGE = 1;
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const INVALID_TOPIC = 17;
const INVALID_TIMESTAMP = 32;
/** The real broker answers UNKNOWN_SERVER_ERROR where its decompressor fails or it knows no such codec. */
const UNKNOWN = -1;
const UNSUPPORTED_COMPRESSION_TYPE = 76;
const INVALID_RECORD = 87;
const HOUR_MS = 3_600_000;
const GARBAGE = Buffer.from("no records at all, whatever the header says");

export function refusals(clients: TestClients): void {
  describe("refusals", () => {
    it("a fetch past the end or before the start is out of range, at the end it is empty", async () => {
      const client = await clients.topicClient();
      for (let i = 0; i < 4; i++) await client.produce(makeBatch({ values: ["v"] }));
      const topics = [{ name: client.topic, partitions: [{ partition: 0, offset: 2 }] }];
      const removed = await client.raw.request("DeleteRecords", 1, { topics, timeout: 5_000 });
      expect(removed.topics[0].partitions).toEqual([{ partition: 0, lowWatermark: 2, error: 0 }]);
      for (const offset of [-1, 0, 1, 5]) {
        const answer = await client.fetch(offset);
        expect(answer).toMatchObject({ error: OUT_OF_RANGE, highWatermark: -1 });
        expect(answer.records).toHaveLength(0);
      }
      expect(await client.fetch(4)).toMatchObject({ error: 0, highWatermark: 4, logStartOffset: 2 });
    });

    it("an unknown topic or partition is named so by every request", async () => {
      const client = await clients.topicClient();
      const error = UNKNOWN_TOPIC_OR_PARTITION;
      for (const [name, partition] of [
        [client.topic, 7],
        [clients.name("absent"), 0],
      ] as const) {
        const ask = async (
          api: "Produce" | "Fetch" | "ListOffsets" | "OffsetCommit" | "DeleteRecords",
          version: number,
          of: object,
          rest: object = {},
        ) => {
          const topics = [{ name, partitions: [{ partition, ...of }] }];
          return (await client.raw.request(api, version, { ...rest, topics })).topics[0].partitions[0];
        };
        const fetch = { replicaId: -1, maxWait: 0, minBytes: 1, maxBytes: 1_000, sessionEpoch: -1 };
        const records = makeBatch({ values: ["v"] });
        expect(await ask("Produce", 8, { records }, { acks: -1, timeout: 1_000 })).toMatchObject({
          error,
          baseOffset: -1,
        });
        expect(await ask("Fetch", 11, { leaderEpoch: -1, offset: 0, maxBytes: 1_000 }, fetch)).toMatchObject({
          error,
        });
        expect(
          await ask("ListOffsets", 5, { leaderEpoch: -1, timestamp: -1 }, { replicaId: -1 }),
        ).toMatchObject({ error });
        expect(
          await ask(
            "OffsetCommit",
            7,
            { offset: 1, leaderEpoch: -1, metadata: null },
            { groupId: clients.name("group"), generation: -1, memberId: "" },
          ),
        ).toMatchObject({ error });
        expect(await ask("DeleteRecords", 1, { offset: 0 }, { timeout: 1_000 })).toMatchObject({
          error,
          lowWatermark: -1,
        });
      }
    });

    it("a damaged, oversized, empty or wrongly acknowledged batch is refused, and nothing of it is stored", async () => {
      const client = await clients.topicClient();
      const damaged = makeBatch({ values: ["intact"] });
      damaged[damaged.length - 3]! ^= 1;
      expect(await client.produce(damaged)).toMatchObject({ error: 2, baseOffset: -1 });
      expect(await client.produce(makeBatch({ values: ["x".repeat(1_100_000)] }))).toMatchObject({
        error: 10,
      });
      expect(
        await client.produce(Buffer.concat([makeBatch({ values: ["v"] }), makeBatch({ values: ["v"] })])),
      ).toMatchObject({ error: 87 });
      const partitions = [{ partition: 0, records: makeBatch({ values: ["v"] }) }];
      const answer = await client.raw.request("Produce", 8, {
        acks: 2,
        topics: [{ name: client.topic, partitions }],
      });
      expect(answer.topics[0].partitions[0]).toMatchObject({ error: 21 });
      expect(await client.latest()).toBe(0);
    });

    const now = Date.now();
    const late = { values: ["a", "b"], timestamps: [now, now + 2 * HOUR_MS] };
    const pair = ["a", "b"];
    const apart = Buffer.concat([0, 2].map((delta) => makeRecord(0, delta, -1, -1, 0)));
    const fits = makeRecord(0, 0, -1, -1, 0);
    it.each<[string, number[], BatchSpec]>([
      ["plain garbage", [INVALID_RECORD], { values: ["v"], payload: GARBAGE }],
      ["gzip garbage", [INVALID_RECORD, UNKNOWN], { values: ["v"], payload: GARBAGE, gzip: true }],
      ["garbage in gzip", [INVALID_RECORD], { values: ["v"], payload: gzipSync(GARBAGE), gzip: true }],
      ["fewer records than counted", [INVALID_RECORD], { values: pair, recordCount: 3 }],
      ["fewer records than counted, in gzip", [INVALID_RECORD], { values: pair, recordCount: 3, gzip: true }],
      ["more records than counted", [INVALID_RECORD], { values: pair, recordCount: 1 }],
      ["more records than counted, in gzip", [INVALID_RECORD], { values: pair, recordCount: 1, gzip: true }],
      ["another last offset than counted", [INVALID_RECORD], { values: pair, lastOffsetDelta: 2 }],
      [
        "a gap in the offsets, in gzip",
        [INVALID_RECORD, UNKNOWN],
        { values: pair, records: apart, gzip: true },
      ],
      [
        "bytes after the last record",
        [INVALID_RECORD],
        { values: ["v"], records: Buffer.concat([fits, GARBAGE]) },
      ],
      ["a field beyond the record", [INVALID_RECORD], { values: ["v"], records: makeRecord(0, 0, -1, 9, 0) }],
      [
        "a codec that does not exist",
        [UNSUPPORTED_COMPRESSION_TYPE, INVALID_RECORD, UNKNOWN],
        { values: ["v"], attributes: 5 },
      ],
      ["a time two hours ahead", [INVALID_TIMESTAMP], late],
      ["a time two hours ahead, in gzip", [INVALID_TIMESTAMP], { ...late, gzip: true }],
    ])("%s is refused, and nothing of it is stored", async (_what, errors, spec) => {
      const client = await clients.topicClient();
      expect(errors).toContain((await client.produce(makeBatch(spec))).error);
      expect(await client.latest()).toBe(0);
    });

    it("a topic whose name differs from another's in '.' and '_' only is refused", async () => {
      const raw = await clients.raw();
      const create = async (name: string) => {
        const topics = [{ name, partitions: 1, replicationFactor: 1 }];
        return (await raw.request("CreateTopics", 4, { topics, timeout: 10_000 })).topics[0].error;
      };
      const name = clients.name("one.two");
      expect(await create(name)).toBe(0);
      expect(await create(name.replace(".", "_"))).toBe(INVALID_TOPIC);
    });

    it("a fetch session is never found by a made-up number", async () => {
      const client = await clients.topicClient();
      const answer = await client.raw.request("Fetch", 11, {
        ...client.fetchMessage(0),
        sessionId: 5,
        sessionEpoch: 1,
      });
      expect(answer).toMatchObject({ error: 70, sessionId: 0, topics: [] });
    });

    it("an offset with metadata that is too long is refused", async () => {
      const client = await clients.topicClient();
      const partitions = [{ partition: 0, offset: 1, leaderEpoch: -1, metadata: "m".repeat(4_097) }];
      const answer = await client.raw.request("OffsetCommit", 7, {
        groupId: clients.name("group"),
        generation: -1,
        memberId: "",
        topics: [{ name: client.topic, partitions }],
      });
      expect(answer.topics[0].partitions).toEqual([{ partition: 0, error: 12 }]);
    });

    it("a newer leader epoch than the log's is unknown, the present one is accepted", async () => {
      const client = await clients.topicClient();
      const fetch = async (leaderEpoch: number) => {
        const partitions = [{ partition: 0, leaderEpoch, offset: 0, maxBytes: 1_000 }];
        const topics = [{ name: client.topic, partitions }];
        const answer = await client.raw.request("Fetch", 11, { ...client.fetchMessage(0), topics });
        return answer.topics[0].partitions[0].error;
      };
      expect([await fetch(0), await fetch(1)]).toEqual([0, 75]);
    });

    it("produce without acknowledgement that fails closes the connection, the only way to say so", async () => {
      const client = await clients.topicClient();
      const partitions = [{ partition: 9, records: makeBatch({ values: ["v"] }) }];
      client.raw.sendApi("Produce", 7, { acks: 0, topics: [{ name: client.topic, partitions }] });
      expect(await client.raw.receive()).toBeNull();
    });

    it("requests of one connection are answered in order, a waiting fetch before what came after it", async () => {
      const { raw, ...client } = await clients.topicClient();
      const topics = [
        { name: client.topic, partitions: [{ partition: 0, leaderEpoch: -1, offset: 0, maxBytes: 1_000 }] },
      ];
      const fetch = raw.sendApi("Fetch", 11, {
        replicaId: -1,
        maxWait: 100,
        minBytes: 1,
        maxBytes: 1_000,
        sessionEpoch: -1,
        topics,
      });
      const list = raw.sendApi("ListGroups", 2, {});
      await raw.answer("Fetch", 11, fetch);
      await raw.answer("ListGroups", 2, list);
    });
  });
}
