import { createRequire } from "node:module";

/**
 * kafkajs fails a whole answer for what is wrong with one partition of it: while one has no leader, it reads none and
 * asks for the log ends of none. After `isolatePartitionFaults` such a partition is left out, and the others go on.
 *
 * The seams are the parsers of the versions that every broker since Kafka 2.3 speaks and kafkajs prefers, and what its
 * cluster makes of partitions without a leader.
 */
const require = createRequire(import.meta.url);
const metadata: Parser<MetadataAnswer> = require("kafkajs/src/protocol/requests/metadata/v6/response");
const fetched: Parser<FetchAnswer> = require("kafkajs/src/protocol/requests/fetch/v11/response");
const listed: Parser<ListAnswer> = require("kafkajs/src/protocol/requests/listOffsets/v3/response");
const Cluster: { prototype: ClusterMethods } = require("kafkajs/src/cluster");

interface Parser<T> {
  parse(answer: T): Promise<T>;
}
interface MetadataAnswer {
  topicMetadata: { partitionMetadata: { partitionErrorCode: number; leader: number }[] }[];
}
interface FetchAnswer {
  responses: { topicName: string; partitions: { partition: number; errorCode: number }[] }[];
}
interface ListAnswer {
  responses: { topic: string; partitions: { errorCode: number }[] }[];
}
type TopicOffsets = { topic: string; partitions: { partition: number }[] };
interface ClusterMethods {
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
  fetchTopicsOffset(topics: TopicOffsets[]): Promise<TopicOffsets[]>;
}

/** https://kafka.apache.org/protocol.html#protocol_error_codes */
const NONE = 0;
const LEADER_NOT_AVAILABLE = 5;
const NOT_LEADER = 6;
const REPLICA_NOT_AVAILABLE = 9;
const KAFKA_STORAGE_ERROR = 56;
const LISTENER_NOT_FOUND = 72;
const FENCED_LEADER_EPOCH = 74;
const UNKNOWN_LEADER_EPOCH = 75;
const OFFSET_NOT_AVAILABLE = 78;
const OF_ONE_PARTITION = new Set([
  LEADER_NOT_AVAILABLE,
  NOT_LEADER,
  REPLICA_NOT_AVAILABLE,
  KAFKA_STORAGE_ERROR,
  FENCED_LEADER_EPOCH,
  UNKNOWN_LEADER_EPOCH,
  OFFSET_NOT_AVAILABLE,
]);

const NO_LEADER = -1;

const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;

let isolated = false;

/** From now on, for every kafkajs client of this process. */
export function isolatePartitionFaults(): void {
  if (isolated) return;
  isolated = true;
  const parseMetadata = metadata.parse;
  metadata.parse = (answer) => parseMetadata(withoutLeaders(answer));
  const parseFetch = fetched.parse;
  const faults = new FetchFaults();
  fetched.parse = (answer) => parseFetch(faults.leaveOut(answer));
  const parseListed = listed.parse;
  listed.parse = (answer) => parseListed(withoutFaulty(answer));

  const { fetchTopicsOffset } = Cluster.prototype;
  Cluster.prototype.fetchTopicsOffset = async function (topics) {
    const led = topics.map((each) => {
      const ids = idsWithLeader(this, each.topic);
      return { ...each, partitions: each.partitions.filter(({ partition }) => ids.has(partition)) };
    });
    const known = await fetchTopicsOffset.call(this, led);
    const missing = topics.filter(({ topic }) => !known.some((each) => each.topic === topic));
    return [...known, ...missing.map(({ topic }) => ({ topic, partitions: [] }))];
  };
}

function idsWithLeader(cluster: ClusterMethods, topic: string): ReadonlySet<number> {
  const partitions = cluster.findTopicPartitionMetadata(topic).filter(({ leader }) => leader !== NO_LEADER);
  return new Set(partitions.map(({ partitionId }) => partitionId));
}

/** A partition without a leader is one whose leader is nobody, and no error of the topic. */
function withoutLeaders(answer: MetadataAnswer): MetadataAnswer {
  for (const { partitionMetadata } of answer.topicMetadata)
    for (const partition of partitionMetadata) {
      const { partitionErrorCode: error } = partition;
      if (error === LEADER_NOT_AVAILABLE || error === LISTENER_NOT_FOUND) partition.leader = NO_LEADER;
      else if (error !== REPLICA_NOT_AVAILABLE) continue;
      partition.partitionErrorCode = NONE;
    }
  return answer;
}

function withoutFaulty(answer: ListAnswer): ListAnswer {
  for (const topic of answer.responses)
    topic.partitions = topic.partitions.filter(({ errorCode }) => !OF_ONE_PARTITION.has(errorCode));
  return answer;
}

/**
 * Faults of single partitions in Fetch answers. The first one is thrown as kafkajs has it, since it then asks who leads
 * the partition now and joins the group again. One that goes on is thrown after a rest only, twice as long each time;
 * meanwhile the partition is left out.
 */
class FetchFaults {
  private readonly rests = new Map<string, { until: number; ms: number }>();

  leaveOut(answer: FetchAnswer): FetchAnswer {
    for (const topic of answer.responses)
      topic.partitions = topic.partitions.filter(({ partition, errorCode }) => {
        const key = `${topic.topicName}/${partition}`;
        if (errorCode === NONE && this.rests.size > 0) this.rests.delete(key);
        return !OF_ONE_PARTITION.has(errorCode) || this.isDue(key);
      });
    return answer;
  }

  private isDue(key: string): boolean {
    const now = performance.now();
    const rest = this.rests.get(key);
    if (rest && now < rest.until) return false;
    const ms = rest ? Math.min(2 * rest.ms, LONGEST_REST_MS) : FIRST_REST_MS;
    this.rests.set(key, { until: now + ms, ms });
    return true;
  }
}
