import { type Field, field as f } from "./wire.ts";

export interface ApiSchema {
  key: number;
  min: number;
  max: number;
  request: Field[];
  response: Field[];
}

const strings = (name: string) => f(name, [f("", "string")]);
const ints = (name: string, since = 0) => f(name, [f("", "int32")], since);
const throttle = (since: number) => f("throttle", "int32", since);
const topics = (partitions: Field[]) => f("topics", [f("name", "string"), f("partitions", partitions)]);

/** Keys, version ranges and layouts as the package promises them. */
export const API = {
  Produce: {
    key: 0,
    min: 0,
    max: 8,
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
    max: 11,
    request: [
      f("replicaId", "int32"),
      f("maxWait", "int32"),
      f("minBytes", "int32"),
      f("maxBytes", "int32"),
      f("isolation", "int8"),
      f("sessionId", "int32", 7),
      f("sessionEpoch", "int32", 7),
      topics([
        f("partition", "int32"),
        f("leaderEpoch", "int32", 9),
        f("offset", "int64"),
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
      topics([
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
    max: 5,
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
    max: 8,
    request: [
      strings("topics"),
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
    max: 7,
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
    max: 5,
    request: [f("groupId", "string"), f("topics", [f("name", "string"), ints("partitions")])],
    response: [
      throttle(3),
      topics([
        f("partition", "int32"),
        f("offset", "int64"),
        f("leaderEpoch", "int32", 5),
        f("metadata", "nullableString"),
        f("error", "int16"),
      ]),
      f("error", "int16", 2),
    ],
  },
  FindCoordinator: {
    key: 10,
    min: 0,
    max: 2,
    request: [f("key", "string"), f("type", "int8", 1)],
    response: [
      throttle(1),
      f("error", "int16"),
      f("message", "nullableString", 1),
      f("nodeId", "int32"),
      f("host", "string"),
      f("port", "int32"),
    ],
  },
  JoinGroup: {
    key: 11,
    min: 0,
    max: 5,
    request: [
      f("groupId", "string"),
      f("sessionTimeout", "int32"),
      f("rebalanceTimeout", "int32", 1),
      f("memberId", "string"),
      f("instanceId", "nullableString", 5),
      f("protocolType", "string"),
      f("protocols", [f("name", "string"), f("metadata", "bytes")]),
    ],
    response: [
      throttle(2),
      f("error", "int16"),
      f("generation", "int32"),
      f("protocol", "string"),
      f("leader", "string"),
      f("memberId", "string"),
      f("members", [f("memberId", "string"), f("instanceId", "nullableString", 5), f("metadata", "bytes")]),
    ],
  },
  Heartbeat: {
    key: 12,
    min: 0,
    max: 3,
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
    max: 3,
    request: [
      f("groupId", "string"),
      f("memberId", "string", 0, 2),
      f("members", [f("memberId", "string"), f("instanceId", "nullableString")], 3),
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
    max: 3,
    request: [
      f("groupId", "string"),
      f("generation", "int32"),
      f("memberId", "string"),
      f("instanceId", "nullableString", 3),
      f("assignments", [f("memberId", "string"), f("assignment", "bytes")]),
    ],
    response: [throttle(1), f("error", "int16"), f("assignment", "bytes")],
  },
  DescribeGroups: {
    key: 15,
    min: 0,
    max: 4,
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
    max: 2,
    request: [],
    response: [
      throttle(1),
      f("error", "int16"),
      f("groups", [f("groupId", "string"), f("protocolType", "string")]),
    ],
  },
  CreateTopics: {
    key: 19,
    min: 0,
    max: 4,
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
      f("topics", [f("name", "string"), f("error", "int16"), f("message", "nullableString", 1)]),
    ],
  },
  DeleteTopics: {
    key: 20,
    min: 0,
    max: 3,
    request: [strings("topics"), f("timeout", "int32")],
    response: [throttle(1), f("topics", [f("name", "string"), f("error", "int16")])],
  },
  DeleteRecords: {
    key: 21,
    min: 0,
    max: 1,
    request: [topics([f("partition", "int32"), f("offset", "int64")]), f("timeout", "int32")],
    response: [
      throttle(0),
      topics([f("partition", "int32"), f("lowWatermark", "int64"), f("error", "int16")]),
    ],
  },
  InitProducerId: {
    key: 22,
    min: 0,
    max: 1,
    request: [f("transactionalId", "nullableString"), f("timeout", "int32")],
    response: [throttle(0), f("error", "int16"), f("producerId", "int64"), f("epoch", "int16")],
  },
  DescribeConfigs: {
    key: 32,
    min: 0,
    max: 2,
    request: [
      f("resources", [f("type", "int8"), f("name", "string"), strings("configs")]),
      f("synonyms", "boolean", 1),
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
        ]),
      ]),
    ],
  },
  CreatePartitions: {
    key: 37,
    min: 0,
    max: 1,
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
    max: 1,
    request: [strings("groups")],
    response: [throttle(0), f("results", [f("groupId", "string"), f("error", "int16")])],
  },
} satisfies Record<string, ApiSchema>;

export type ApiName = keyof typeof API;
