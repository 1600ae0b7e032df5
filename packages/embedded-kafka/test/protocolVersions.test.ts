import { expect, test } from "vitest";
import { Reader } from "../src/codec/reader.ts";
import { API, type ApiName } from "./support/apis.ts";
import { makeBatch } from "./support/batches.ts";
import { testBroker } from "./support/brokers.ts";
import { RawClient } from "./support/rawClient.ts";
import type { Message } from "./support/wire.ts";

const API_VERSIONS = 18;
const CONSUMER_GROUP_HEARTBEAT = 68;
const NOBODY = "01234567-89ab-cdef-0123-456789abcdef";
const ADVERTISED = [
  ...Object.values(API).map(({ key, min, max }) => ({ key, min, max })),
  { key: API_VERSIONS, min: 0, max: 3 },
  { key: CONSUMER_GROUP_HEARTBEAT, min: 0, max: 1 },
].sort((a, b) => a.key - b.key);

function readRanges(reader: Reader, compact: boolean) {
  const count = compact ? reader.int8() - 1 : reader.int32();
  return Array.from({ length: count }, () => {
    const range = { key: reader.int16(), min: reader.int16(), max: reader.int16() };
    if (compact) expect(reader.int8()).toBe(0);
    return range;
  });
}

test("ApiVersions lists exactly the promised APIs and versions, in each of its versions", async () => {
  const raw = await RawClient.connect(await testBroker());
  for (const version of [0, 1, 2]) {
    const correlation = raw.send(API_VERSIONS, version, () => {});
    const reader = new Reader((await raw.receive())!);
    expect(reader.int32()).toBe(correlation);
    expect(reader.int16()).toBe(0);
    expect(readRanges(reader, false)).toEqual(ADVERTISED);
    if (version >= 1) expect(reader.int32()).toBe(0);
    expect(reader.remaining).toBe(0);
  }
});

test("the ApiVersions v3 answer is flexible but its header has no tagged fields", async () => {
  const raw = await RawClient.connect(await testBroker());
  const correlation = raw.send(API_VERSIONS, 3, (w) =>
    w.int8(0).int8(2).int8(0x61).int8(2).int8(0x62).int8(0),
  );
  const reader = new Reader((await raw.receive())!);
  expect(reader.int32()).toBe(correlation);
  // With a tagged-field byte in the header, this would be read one byte off.
  expect(reader.int16()).toBe(0);
  expect(readRanges(reader, true)).toEqual(ADVERTISED);
  expect(reader.int32()).toBe(0);
  expect(reader.int8()).toBe(0);
  expect(reader.remaining).toBe(0);
});

test("an unknown ApiVersions version gets a v0 answer with UNSUPPORTED_VERSION", async () => {
  const raw = await RawClient.connect(await testBroker());
  const correlation = raw.send(API_VERSIONS, 4, (w) =>
    w.int8(0).int8(2).int8(0x61).int8(2).int8(0x62).int8(0),
  );
  const reader = new Reader((await raw.receive())!);
  expect(reader.int32()).toBe(correlation);
  expect(reader.int16()).toBe(35);
  expect(readRanges(reader, false)).toEqual(ADVERTISED);
  expect(reader.remaining).toBe(0);
});

/** A request for each API that is answered without waiting, and what its answer must hold. */
interface Exchange {
  message: Message;
  expected: Message;
}
/** What a later version asks, of the topic of that id. */
interface Later extends Omit<Exchange, "message"> {
  since: number;
  message: Message | ((topicId: string) => Message);
}
const REQUESTS: Record<ApiName, Exchange & { later?: Later }> = {
  CreateTopics: {
    message: { topics: [{ name: "another", partitions: 1, replicationFactor: 2 }] },
    expected: { topics: [{ name: "another", error: 38 }] },
    later: {
      since: 5,
      message: {
        topics: [{ name: "more", partitions: 3, replicationFactor: 1, configs: [] }],
        validateOnly: true,
      },
      expected: { topics: [{ name: "more", error: 0, partitions: 3, replicationFactor: 1 }] },
    },
  },
  Produce: {
    message: {
      acks: -1,
      topics: [{ name: "t", partitions: [{ partition: 0, records: makeBatch({ values: ["v"] }) }] }],
    },
    expected: { topics: [{ name: "t", partitions: [{ partition: 0 }] }] },
  },
  Fetch: {
    message: {
      replicaId: -1,
      minBytes: 1,
      maxBytes: 1000,
      sessionEpoch: -1,
      topics: [{ name: "t", partitions: [{ partition: 0, leaderEpoch: -1, maxBytes: 1000 }] }],
    },
    expected: { topics: [{ name: "t", partitions: [{ partition: 0, error: 0, aborted: null }] }] },
    later: {
      since: 13,
      message: (id) => ({
        replicaId: -1,
        minBytes: 1,
        maxBytes: 1000,
        sessionEpoch: -1,
        topics: [
          { id, partitions: [{ partition: 0, leaderEpoch: -1, maxBytes: 1000 }] },
          { id: NOBODY, partitions: [{ partition: 0, leaderEpoch: -1, maxBytes: 1000 }] },
        ],
      }),
      expected: {
        topics: [
          { id: expect.not.stringMatching(NOBODY), partitions: [{ partition: 0, error: 0 }] },
          { id: NOBODY, partitions: [{ partition: 0, error: 100 }] },
        ],
      },
    },
  },
  ListOffsets: {
    message: {
      replicaId: -1,
      topics: [{ name: "t", partitions: [{ partition: 0, leaderEpoch: -1, timestamp: -2 }] }],
    },
    expected: { topics: [{ name: "t", partitions: [{ partition: 0, error: 0, offset: 0 }] }] },
  },
  Metadata: {
    message: { topics: ["t"] },
    expected: {
      brokers: [{ nodeId: 1 }],
      topics: [{ error: 0, name: "t", partitions: [{ leader: 1 }, {}] }],
    },
    later: {
      since: 9,
      message: { topics: [{ name: "t" }] },
      expected: {
        brokers: [{ nodeId: 1, host: "127.0.0.1" }],
        topics: [{ error: 0, name: "t", partitions: [{ leader: 1, replicas: [1] }, {}] }],
      },
    },
  },
  OffsetCommit: {
    message: {
      groupId: "simple",
      generation: -1,
      topics: [{ name: "t", partitions: [{ partition: 1, offset: 5, metadata: "m" }] }],
    },
    expected: { topics: [{ name: "t", partitions: [{ partition: 1, error: 0 }] }] },
  },
  OffsetFetch: {
    message: { groupId: "simple", topics: [{ name: "t", partitions: [1] }] },
    expected: { topics: [{ name: "t", partitions: [{ partition: 1, offset: 5, metadata: "m", error: 0 }] }] },
    later: {
      since: 8,
      message: { groups: [{ groupId: "simple", topics: null }, { groupId: "none" }] },
      expected: {
        groups: [
          { groupId: "simple", error: 0, topics: [{ name: "t", partitions: [{ partition: 1, offset: 5 }] }] },
          { groupId: "none", error: 0, topics: [] },
        ],
      },
    },
  },
  FindCoordinator: {
    message: { key: "g" },
    expected: { error: 0, nodeId: 1, host: "127.0.0.1" },
    later: {
      since: 4,
      message: { keys: ["g", "h"] },
      expected: {
        coordinators: [
          { key: "g", nodeId: 1, host: "127.0.0.1", error: 0 },
          { key: "h", nodeId: 1 },
        ],
      },
    },
  },
  JoinGroup: {
    message: { groupId: "none", sessionTimeout: 6_000, memberId: "stranger", protocolType: "consumer" },
    expected: { error: 25, memberId: "stranger", members: [] },
  },
  SyncGroup: { message: { groupId: "none", memberId: "stranger" }, expected: { error: 25 } },
  Heartbeat: { message: { groupId: "none", memberId: "stranger" }, expected: { error: 25 } },
  LeaveGroup: {
    message: { groupId: "none", memberId: "stranger", members: [{ memberId: "stranger", instanceId: null }] },
    expected: {},
  },
  DescribeGroups: {
    message: { groups: ["simple", "none"] },
    expected: {
      groups: [
        { groupId: "simple", state: "Empty" },
        { groupId: "none", state: "Dead" },
      ],
    },
  },
  ListGroups: {
    message: {},
    expected: { error: 0, groups: [{ groupId: "simple" }] },
    later: {
      since: 4,
      message: { states: ["Empty"] },
      expected: { error: 0, groups: [{ groupId: "simple", state: "Empty" }] },
    },
  },
  DeleteGroups: { message: { groups: ["none"] }, expected: { results: [{ groupId: "none", error: 69 }] } },
  DeleteRecords: {
    message: { topics: [{ name: "t", partitions: [{ partition: 1, offset: 0 }] }] },
    expected: { topics: [{ name: "t", partitions: [{ partition: 1, lowWatermark: 0, error: 0 }] }] },
  },
  InitProducerId: { message: { transactionalId: null }, expected: { error: 0, epoch: 0 } },
  DescribeConfigs: {
    message: { resources: [{ type: 2, name: "t", configs: ["cleanup.policy"] }] },
    expected: { results: [{ error: 0, name: "t", configs: [{ name: "cleanup.policy", value: "delete" }] }] },
  },
  DescribeLogDirs: {
    message: { topics: [{ name: "t", partitions: [1] }] },
    expected: { dirs: [{ error: 0, topics: [{ name: "t", partitions: [{ partition: 1, size: 0 }] }] }] },
  },
  IncrementalAlterConfigs: {
    message: {
      resources: [{ type: 2, name: "t", changes: [{ name: "retention.ms", operation: 0, value: "1" }] }],
      validateOnly: true,
    },
    expected: { responses: [{ error: 0, type: 2, name: "t" }] },
  },
  CreatePartitions: {
    message: { topics: [{ name: "t", count: 3, assignments: null }], validateOnly: true },
    expected: { topics: [{ name: "t", error: 0 }] },
  },
  DeleteTopics: {
    message: { topics: ["none"] },
    expected: { topics: [{ name: "none", error: 3 }] },
    later: {
      since: 6,
      message: { topics: [{ name: "none" }, { name: null, id: NOBODY }] },
      expected: {
        topics: [
          { name: "none", error: 3, message: expect.stringContaining("none") },
          { name: null, id: NOBODY, error: 100 },
        ],
      },
    },
  },
};

test.each(Object.keys(REQUESTS) as ApiName[])("%s is answered in every advertised version", async (name) => {
  const raw = await RawClient.connect(await testBroker());
  await raw.request("CreateTopics", 4, { topics: [{ name: "t", partitions: 2, replicationFactor: 1 }] });
  await raw.request("OffsetCommit", 7, REQUESTS.OffsetCommit.message);
  const { later, ...first } = REQUESTS[name];
  const metadata = await raw.request("Metadata", 10, { topics: [{ name: "t" }] });
  const topicId: string = metadata.topics[0].id;
  for (let version = API[name].min; version <= API[name].max; version++) {
    const { message, expected } = later && version >= later.since ? later : first;
    const asked = typeof message === "function" ? message(topicId) : message;
    expect(await raw.request(name, version, asked)).toMatchObject(expected);
  }
});
