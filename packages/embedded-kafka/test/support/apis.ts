import { type Field, field as f } from "./wire.ts";

export interface ApiSchema {
  key: number;
  min: number;
  max: number;
  /** The first version in the compact encoding. */
  flexible: number;
  request: Field[];
  response: Field[];
}

const strings = (name: string) => f(name, [f("", "string")]);
const ints = (name: string, since = 0) => f(name, [f("", "int32")], since);
const throttle = (since: number) => f("throttle", "int32", since);
const topics = (partitions: Field[]) => f("topics", [f("name", "string"), f("partitions", partitions)]);

/** Named by their ids from that version on. */
const topicsById = (since: number, partitions: Field[]) =>
  f("topics", [f("name", "string", 0, since - 1), f("id", "uuid", since), f("partitions", partitions)]);
const FETCHED = [
  f("partition", "int32"),
  f("offset", "int64"),
  f("leaderEpoch", "int32", 5),
  f("metadata", "nullableString"),
  f("error", "int16"),
];
const COORDINATOR = [f("nodeId", "int32"), f("host", "string"), f("port", "int32")];

/** Keys, version ranges and layouts as the package promises them. */
export const API = {
  Produce: {
    key: 0,
    min: 0,
    max: 9,
    flexible: 9,
    request: [
      f("transactionalId", "nullableString", 3),
      f("acks", "int16"),
      f("timeout", "int32"),
      topics([f("partition", "int32"), f("records", "bytes")]),
    ],
    response: [
      topics([
        f("partition", "int32"),
        f("error", "int16"),
        f("baseOffset", "int64"),
        f("logAppendTime", "int64", 2),
        f("logStartOffset", "int64", 5),
        f("recordErrors", [f("index", "int32"), f("message", "nullableString")], 8),
        f("message", "nullableString", 8),
      ]),
      throttle(1),
    ],
  },
  Fetch: {
    key: 1,
    min: 4,
    max: 13,
    flexible: 12,
    request: [
      f("replicaId", "int32"),
      f("maxWait", "int32"),
      f("minBytes", "int32"),
      f("maxBytes", "int32"),
      f("isolation", "int8"),
      f("sessionId", "int32", 7),
      f("sessionEpoch", "int32", 7),
      topicsById(13, [
        f("partition", "int32"),
        f("leaderEpoch", "int32", 9),
        f("offset", "int64"),
        f("lastFetchedEpoch", "int32", 12),
        f("logStartOffset", "int64", 5),
        f("maxBytes", "int32"),
      ]),
      f("forgotten", [f("name", "string"), ints("partitions")], 7),
      f("rack", "string", 11),
    ],
    response: [
      throttle(1),
      f("error", "int16", 7),
      f("sessionId", "int32", 7),
      topicsById(13, [
        f("partition", "int32"),
        f("error", "int16"),
        f("highWatermark", "int64"),
        f("lastStableOffset", "int64"),
        f("logStartOffset", "int64", 5),
        f("aborted", [f("producerId", "int64"), f("firstOffset", "int64")]),
        f("preferredReadReplica", "int32", 11),
        f("records", "bytes"),
      ]),
    ],
  },
  ListOffsets: {
    key: 2,
    min: 1,
    max: 6,
    flexible: 6,
    request: [
      f("replicaId", "int32"),
      f("isolation", "int8", 2),
      topics([f("partition", "int32"), f("leaderEpoch", "int32", 4), f("timestamp", "int64")]),
    ],
    response: [
      throttle(2),
      topics([
        f("partition", "int32"),
        f("error", "int16"),
        f("timestamp", "int64"),
        f("offset", "int64"),
        f("leaderEpoch", "int32", 4),
      ]),
    ],
  },
  Metadata: {
    key: 3,
    min: 0,
    max: 10,
    flexible: 9,
    request: [
      f("topics", [f("id", "uuid", 10), f("name", "nullableString")], 9),
      f("topics", [f("", "string")], 0, 8),
      f("allowAutoCreate", "boolean", 4),
      f("clusterOperations", "boolean", 8),
      f("topicOperations", "boolean", 8),
    ],
    response: [
      throttle(3),
      f("brokers", [
        f("nodeId", "int32"),
        f("host", "string"),
        f("port", "int32"),
        f("rack", "nullableString", 1),
      ]),
      f("clusterId", "nullableString", 2),
      f("controllerId", "int32", 1),
      f("topics", [
        f("error", "int16"),
        f("name", "string"),
        f("id", "uuid", 10),
        f("internal", "boolean", 1),
        f("partitions", [
          f("error", "int16"),
          f("partition", "int32"),
          f("leader", "int32"),
          f("leaderEpoch", "int32", 7),
          ints("replicas"),
          ints("isr"),
          ints("offline", 5),
        ]),
        f("operations", "int32", 8),
      ]),
      f("operations", "int32", 8),
    ],
  },
  OffsetCommit: {
    key: 8,
    min: 2,
    max: 8,
    flexible: 8,
    request: [
      f("groupId", "string"),
      f("generation", "int32"),
      f("memberId", "string"),
      f("instanceId", "nullableString", 7),
      f("retention", "int64", 2, 4),
      topics([
        f("partition", "int32"),
        f("offset", "int64"),
        f("leaderEpoch", "int32", 6),
        f("metadata", "nullableString"),
      ]),
    ],
    response: [throttle(3), topics([f("partition", "int32"), f("error", "int16")])],
  },
  OffsetFetch: {
    key: 9,
    min: 1,
    max: 8,
    flexible: 6,
    request: [
      f("groupId", "string", 0, 7),
      f("topics", [f("name", "string"), ints("partitions")], 0, 7),
      f("groups", [f("groupId", "string"), f("topics", [f("name", "string"), ints("partitions")])], 8),
      f("stable", "boolean", 7),
    ],
    response: [
      throttle(3),
      { ...topics(FETCHED), until: 7 },
      f("error", "int16", 2, 7),
      f("groups", [f("groupId", "string"), topics(FETCHED), f("error", "int16")], 8),
    ],
  },
  FindCoordinator: {
    key: 10,
    min: 0,
    max: 4,
    flexible: 3,
    request: [f("key", "string", 0, 3), f("type", "int8", 1), { ...strings("keys"), since: 4 }],
    response: [
      throttle(1),
      f("error", "int16", 0, 3),
      f("message", "nullableString", 1, 3),
      ...COORDINATOR.map((part) => ({ ...part, until: 3 })),
      f(
        "coordinators",
        [f("key", "string"), ...COORDINATOR, f("error", "int16"), f("message", "nullableString")],
        4,
      ),
    ],
  },
  JoinGroup: {
    key: 11,
    min: 0,
    max: 9,
    flexible: 6,
    request: [
      f("groupId", "string"),
      f("sessionTimeout", "int32"),
      f("rebalanceTimeout", "int32", 1),
      f("memberId", "string"),
      f("instanceId", "nullableString", 5),
      f("protocolType", "string"),
      f("protocols", [f("name", "string"), f("metadata", "bytes")]),
      f("reason", "nullableString", 8),
    ],
    response: [
      throttle(2),
      f("error", "int16"),
      f("generation", "int32"),
      f("protocolType", "nullableString", 7),
      f("protocol", "nullableString"),
      f("leader", "string"),
      f("skipAssignment", "boolean", 9),
      f("memberId", "string"),
      f("members", [f("memberId", "string"), f("instanceId", "nullableString", 5), f("metadata", "bytes")]),
    ],
  },
  Heartbeat: {
    key: 12,
    min: 0,
    max: 4,
    flexible: 4,
    request: [
      f("groupId", "string"),
      f("generation", "int32"),
      f("memberId", "string"),
      f("instanceId", "nullableString", 3),
    ],
    response: [throttle(1), f("error", "int16")],
  },
  LeaveGroup: {
    key: 13,
    min: 0,
    max: 5,
    flexible: 4,
    request: [
      f("groupId", "string"),
      f("memberId", "string", 0, 2),
      f(
        "members",
        [f("memberId", "string"), f("instanceId", "nullableString"), f("reason", "nullableString", 5)],
        3,
      ),
    ],
    response: [
      throttle(1),
      f("error", "int16"),
      f("members", [f("memberId", "string"), f("instanceId", "nullableString"), f("error", "int16")], 3),
    ],
  },
  SyncGroup: {
    key: 14,
    min: 0,
    max: 5,
    flexible: 4,
    request: [
      f("groupId", "string"),
      f("generation", "int32"),
      f("memberId", "string"),
      f("instanceId", "nullableString", 3),
      f("protocolType", "nullableString", 5),
      f("protocol", "nullableString", 5),
      f("assignments", [f("memberId", "string"), f("assignment", "bytes")]),
    ],
    response: [
      throttle(1),
      f("error", "int16"),
      f("protocolType", "nullableString", 5),
      f("protocol", "nullableString", 5),
      f("assignment", "bytes"),
    ],
  },
  DescribeGroups: {
    key: 15,
    min: 0,
    max: 5,
    flexible: 5,
    request: [strings("groups"), f("operations", "boolean", 3)],
    response: [
      throttle(1),
      f("groups", [
        f("error", "int16"),
        f("groupId", "string"),
        f("state", "string"),
        f("protocolType", "string"),
        f("protocol", "string"),
        f("members", [
          f("memberId", "string"),
          f("instanceId", "nullableString", 4),
          f("clientId", "string"),
          f("clientHost", "string"),
          f("metadata", "bytes"),
          f("assignment", "bytes"),
        ]),
        f("operations", "int32", 3),
      ]),
    ],
  },
  ListGroups: {
    key: 16,
    min: 0,
    max: 4,
    flexible: 3,
    request: [{ ...strings("states"), since: 4 }],
    response: [
      throttle(1),
      f("error", "int16"),
      f("groups", [f("groupId", "string"), f("protocolType", "string"), f("state", "string", 4)]),
    ],
  },
  CreateTopics: {
    key: 19,
    min: 0,
    max: 7,
    flexible: 5,
    request: [
      f("topics", [
        f("name", "string"),
        f("partitions", "int32"),
        f("replicationFactor", "int16"),
        f("assignments", [f("partition", "int32"), ints("brokers")]),
        f("configs", [f("name", "string"), f("value", "nullableString")]),
      ]),
      f("timeout", "int32"),
      f("validateOnly", "boolean", 1),
    ],
    response: [
      throttle(2),
      f("topics", [
        f("name", "string"),
        f("id", "uuid", 7),
        f("error", "int16"),
        f("message", "nullableString", 1),
        f("partitions", "int32", 5),
        f("replicationFactor", "int16", 5),
        f(
          "configs",
          [
            f("name", "string"),
            f("value", "nullableString"),
            f("readOnly", "boolean"),
            f("source", "int8"),
            f("sensitive", "boolean"),
          ],
          5,
        ),
      ]),
    ],
  },
  DeleteTopics: {
    key: 20,
    min: 0,
    max: 6,
    flexible: 4,
    request: [
      { ...strings("topics"), until: 5 },
      f("topics", [f("name", "nullableString"), f("id", "uuid")], 6),
      f("timeout", "int32"),
    ],
    response: [
      throttle(1),
      f("topics", [
        f("name", "nullableString"),
        f("id", "uuid", 6),
        f("error", "int16"),
        f("message", "nullableString", 5),
      ]),
    ],
  },
  DeleteRecords: {
    key: 21,
    min: 0,
    max: 2,
    flexible: 2,
    request: [topics([f("partition", "int32"), f("offset", "int64")]), f("timeout", "int32")],
    response: [
      throttle(0),
      topics([f("partition", "int32"), f("lowWatermark", "int64"), f("error", "int16")]),
    ],
  },
  InitProducerId: {
    key: 22,
    min: 0,
    max: 4,
    flexible: 2,
    request: [
      f("transactionalId", "nullableString"),
      f("timeout", "int32"),
      f("producerId", "int64", 3),
      f("epoch", "int16", 3),
    ],
    response: [throttle(0), f("error", "int16"), f("producerId", "int64"), f("epoch", "int16")],
  },
  DescribeConfigs: {
    key: 32,
    min: 0,
    max: 4,
    flexible: 4,
    request: [
      f("resources", [f("type", "int8"), f("name", "string"), strings("configs")]),
      f("synonyms", "boolean", 1),
      f("documentation", "boolean", 3),
    ],
    response: [
      throttle(0),
      f("results", [
        f("error", "int16"),
        f("message", "nullableString"),
        f("type", "int8"),
        f("name", "string"),
        f("configs", [
          f("name", "string"),
          f("value", "nullableString"),
          f("readOnly", "boolean"),
          f("isDefault", "boolean", 0, 0),
          f("source", "int8", 1),
          f("sensitive", "boolean"),
          f("synonyms", [f("name", "string"), f("value", "nullableString"), f("source", "int8")], 1),
          f("type", "int8", 3),
          f("documentation", "nullableString", 3),
        ]),
      ]),
    ],
  },
  DescribeLogDirs: {
    key: 35,
    min: 0,
    max: 4,
    flexible: 2,
    request: [f("topics", [f("name", "string"), ints("partitions")])],
    response: [
      throttle(0),
      f("error", "int16", 3),
      f("dirs", [
        f("error", "int16"),
        f("path", "string"),
        topics([f("partition", "int32"), f("size", "int64"), f("lag", "int64"), f("isFuture", "boolean")]),
        f("totalBytes", "int64", 4),
        f("usableBytes", "int64", 4),
      ]),
    ],
  },
  CreatePartitions: {
    key: 37,
    min: 0,
    max: 3,
    flexible: 2,
    request: [
      f("topics", [f("name", "string"), f("count", "int32"), f("assignments", [ints("brokers")])]),
      f("timeout", "int32"),
      f("validateOnly", "boolean"),
    ],
    response: [
      throttle(0),
      f("topics", [f("name", "string"), f("error", "int16"), f("message", "nullableString")]),
    ],
  },
  DeleteGroups: {
    key: 42,
    min: 0,
    max: 2,
    flexible: 2,
    request: [strings("groups")],
    response: [throttle(0), f("results", [f("groupId", "string"), f("error", "int16")])],
  },
  IncrementalAlterConfigs: {
    key: 44,
    min: 0,
    max: 1,
    flexible: 1,
    request: [
      f("resources", [
        f("type", "int8"),
        f("name", "string"),
        f("changes", [f("name", "string"), f("operation", "int8"), f("value", "nullableString")]),
      ]),
      f("validateOnly", "boolean"),
    ],
    response: [
      throttle(0),
      f("responses", [
        f("error", "int16"),
        f("message", "nullableString"),
        f("type", "int8"),
        f("name", "string"),
      ]),
    ],
  },
} satisfies Record<string, ApiSchema>;

export type ApiName = keyof typeof API;
