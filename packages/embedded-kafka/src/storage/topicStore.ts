import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ResolvedOptions } from "../options.ts";
import { ErrorCode, KafkaError } from "../protocol/errorCodes.ts";
import { syncFolder, writeFileAtomically } from "./atomicFile.ts";
import { PartitionLog } from "./partitionLog.ts";
import { TaskQueue } from "./taskQueue.ts";
import type { TopicConfig } from "./topicConfig.ts";

export interface Topic {
  name: string;
  /** Another for a topic made anew under the same name; names its folder. */
  id: string;
  config: TopicConfig;
  partitions: PartitionLog[];
}

interface TopicRecord {
  name: string;
  id: string;
  partitions: number;
  config: TopicConfig;
}

const LEGAL_NAME = /^[a-zA-Z0-9._-]{1,249}$/;

/**
 * The topics and their logs. `topics.json` decides which exist: it is replaced only after a new topic's
 * folders are there, and before a deleted one's go, so a crash in between leaves folders that nobody names;
 * the next start removes them.
 */
export class TopicStore {
  readonly #options: ResolvedOptions;
  readonly #listPath: string;
  readonly #logsPath: string;
  readonly #changes = new TaskQueue();
  readonly #topics = new Map<string, Topic>();
  readonly #names = new Map<string, string>();

  private constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#listPath = join(options.dataDir, "topics.json");
    this.#logsPath = join(options.dataDir, "topics");
  }

  static async open(options: ResolvedOptions): Promise<TopicStore> {
    const store = new TopicStore(options);
    await mkdir(store.#logsPath, { recursive: true });
    const records = await readTopicList(store.#listPath);
    await store.#removeStrays(new Set(records.map(({ id }) => id)));
    for (const record of records) {
      const partitions = await store.#openLogs(record.id, 0, record.partitions, record.config);
      store.#topics.set(record.name, { name: record.name, id: record.id, config: record.config, partitions });
      store.#names.set(record.id, record.name);
    }
    return store;
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  log(name: string, partition: number): PartitionLog | undefined {
    return this.#topics.get(name)?.partitions[partition];
  }

  all(): Topic[] {
    return [...this.#topics.values()];
  }

  logs(): PartitionLog[] {
    return this.all().flatMap(({ partitions }) => partitions);
  }

  nameOf(id: string): string | undefined {
    return this.#names.get(id);
  }

  checkName(name: string): void {
    if (!LEGAL_NAME.test(name) || name === "." || name === "..") {
      throw new KafkaError(
        ErrorCode.INVALID_TOPIC_EXCEPTION,
        `topic name ${JSON.stringify(name)}: 1 to 249 of a-z A-Z 0-9 . _ - expected`,
      );
    }
  }

  /** Throws what `create` would, without creating anything. */
  checkCreate(name: string, partitions: number): void {
    this.checkName(name);
    if (this.#topics.has(name)) {
      throw new KafkaError(ErrorCode.TOPIC_ALREADY_EXISTS, `topic ${name} already exists`);
    }
    const alike = this.all().find((other) => metricName(other.name) === metricName(name));
    if (alike !== undefined) {
      throw new KafkaError(
        ErrorCode.INVALID_TOPIC_EXCEPTION,
        `topic ${name} collides with topic ${alike.name}: '.' and '_' count as the same`,
      );
    }
    this.#checkPartitions(partitions, partitions);
  }

  create(name: string, partitions: number, config: TopicConfig): Promise<Topic> {
    return this.#changes.run(async () => {
      this.checkCreate(name, partitions);
      const id = randomUUID();
      const logs = await this.#openLogs(id, 0, partitions, config);
      const topic = { name, id, config, partitions: logs };
      await this.#saveList([...this.#topics.values(), topic]);
      this.#topics.set(name, topic);
      this.#names.set(id, name);
      this.#options.logger.info({ topic: name, partitions }, "topic created");
      return topic;
    });
  }

  delete(name: string): Promise<Topic> {
    return this.#changes.run(async () => {
      const topic = this.#existing(name);
      await this.#saveList(this.all().filter((other) => other !== topic));
      this.#topics.delete(name);
      this.#names.delete(topic.id);
      for (const log of topic.partitions) await log.destroy();
      await rm(join(this.#logsPath, topic.id), { recursive: true, force: true });
      this.#options.logger.info({ topic: name }, "topic deleted");
      return topic;
    });
  }

  /** `check` alone validates. */
  growTo(name: string, count: number, check: boolean): Promise<void> {
    return this.#changes.run(async () => {
      const topic = this.#existing(name);
      const present = topic.partitions.length;
      if (count <= present) {
        throw new KafkaError(ErrorCode.INVALID_PARTITIONS, `topic ${name} has ${present} partitions already`);
      }
      this.#checkPartitions(count, count - present);
      if (check) return;
      const added = await this.#openLogs(topic.id, present, count, topic.config);
      const grown = { ...topic, partitions: [...topic.partitions, ...added] };
      await this.#saveList(this.all().map((other) => (other === topic ? grown : other)));
      this.#topics.set(name, grown);
    });
  }

  /** Other settings of its own, made of the present ones. `check` alone validates. */
  configure(name: string, change: (config: TopicConfig) => TopicConfig, check: boolean): Promise<void> {
    return this.#changes.run(async () => {
      const topic = this.#existing(name);
      const changed = { ...topic, config: change(topic.config) };
      if (check) return;
      await this.#saveList(this.all().map((other) => (other === topic ? changed : other)));
      this.#topics.set(name, changed);
      this.#options.logger.info({ topic: name, config: changed.config }, "topic configured");
    });
  }

  async close(): Promise<void> {
    await this.#changes.run(async () => {
      for (const log of this.logs()) await log.close();
    });
  }

  #existing(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic === undefined)
      throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic ${name}`);
    return topic;
  }

  #checkPartitions(count: number, added: number): void {
    if (count < 1) {
      throw new KafkaError(ErrorCode.INVALID_PARTITIONS, `at least one partition expected, got ${count}`);
    }
    const most = this.#options.maxPartitions;
    if (this.logs().length + added > most) {
      throw new KafkaError(ErrorCode.INVALID_PARTITIONS, `this broker holds at most ${most} partitions`);
    }
  }

  async #openLogs(id: string, from: number, to: number, config: TopicConfig): Promise<PartitionLog[]> {
    const { segmentBytes, fsync, logger } = this.#options;
    const options = { segmentBytes: config["segment.bytes"] ?? segmentBytes, fsync, logger };
    const logs: PartitionLog[] = [];
    for (let i = from; i < to; i++) {
      logs.push(await PartitionLog.open(join(this.#logsPath, id, String(i)), options));
    }
    await syncFolder(join(this.#logsPath, id));
    await syncFolder(this.#logsPath);
    return logs;
  }

  async #saveList(topics: Topic[]): Promise<void> {
    const records = topics.map(({ name, id, config, partitions }): TopicRecord => {
      return { name, id, partitions: partitions.length, config };
    });
    await writeFileAtomically(this.#listPath, `${JSON.stringify(records, null, 2)}\n`);
  }

  async #removeStrays(known: Set<string>): Promise<void> {
    for (const name of await readdir(this.#logsPath)) {
      if (!known.has(name)) await rm(join(this.#logsPath, name), { recursive: true, force: true });
    }
  }
}

/** Kafka's metrics write '.' as '_', so two topics may not differ in that alone. */
function metricName(topic: string): string {
  return topic.replaceAll(".", "_");
}

async function readTopicList(path: string): Promise<TopicRecord[]> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as TopicRecord[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new Error(`${path}: ${(error as Error).message}`);
  }
}
