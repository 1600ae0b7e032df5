import type { ClientBase } from "pg";
import { expect } from "vitest";
import { until } from "../../../../test/support/until.ts";
import { audit } from "../../src/audit/audit.ts";
import { StepsBack } from "../../src/clock/stepsBack.ts";
import { type FoldOutcome, runFold } from "../../src/fold/fold.ts";
import { expireEventsBefore, monthsBefore } from "../../src/life/horizons.ts";
import { Offsets } from "../../src/write/offsets.ts";
import type { Fault, Wire } from "./faults.ts";
import { IngestProcess } from "./ingestProcess.ts";
import { type Event, Log } from "./log.ts";
import { type Message, MINUTE_MS, publish } from "./messages.ts";
import { type Account, type Delivery, Model } from "./model.ts";
import type { ModelDatabase } from "./modelDatabase.ts";
import { expectedRollups, readRollups, readTotals } from "./rollups.ts";
import { expectedSnapshot, readSnapshot } from "./snapshot.ts";

export const PARTITIONS = 2;
export const PROCESSES = 2;
const LAST: Message = { kind: "new", id: "v4", post: 0, type: 0, minutesAgo: 0 };
const DAY_MS = 1_440 * MINUTE_MS;

/**
 * One history: a topic in memory, two ingest processes that read it into a real database, and the model of what that
 * database must hold.
 */
export class World {
  readonly model = new Model();
  readonly logs: Log[] = Array.from({ length: PARTITIONS }, () => new Log());
  readonly published: Event[] = [];
  readonly processes: IngestProcess[];
  private readonly database: ModelDatabase;
  private readonly history: number;
  private readonly topic: string;
  private readonly startedAt: number;
  private messages = 0;
  private readonly wrongBeginnings: string[] = [];

  private constructor(database: ModelDatabase) {
    this.database = database;
    this.history = ++database.histories;
    this.topic = `history-${this.history}`;
    // Noon of the day after the last history.
    database.clock = (Math.floor(database.clock / DAY_MS) + 1.5) * DAY_MS;
    this.startedAt = database.clock;
    this.processes = Array.from({ length: PROCESSES }, () => this.newProcess());
  }

  static async begin(database: ModelDatabase): Promise<World> {
    const world = new World(database);
    await database.pool.query("update storage_rules set events_from = 'epoch' where events_from > 'epoch'");
    const offsets = new Offsets(database.pool, world.topic);
    for (const partition of world.logs.keys()) {
      await offsets.open(partition, 0);
      world.model.begin(partition, 1, 0);
    }
    for (const post of [0, 1])
      await world.putPost(post, { author: post, category: post, daysOld: 1 + 6 * post });
    return world;
  }

  /** Appends to a partition, each message behind as many offsets without a record as it says. */
  publish(partition: number, messages: { holes: number; message: Message }[], isInTransaction = false): void {
    const log = this.logs[partition]!;
    for (const { holes, message } of messages) {
      const entry = publish(message, {
        topic: this.topic,
        partition,
        offset: log.high + holes,
        // The clock of every third producer is ahead.
        timestamp: this.database.tick() + (this.messages++ % 3 === 0 ? 2 * MINUTE_MS : 0),
        history: this.history,
        postId: (post) => this.postId(post),
        published: this.published,
      });
      if (!entry) continue;
      for (let hole = 0; hole < holes; hole++) log.append(undefined, this.database.clock);
      if (isInTransaction) log.appendToTransaction(entry, this.database.clock);
      else log.append(entry, this.database.clock);
    }
  }

  /** Begins a transaction with these messages, which are acknowledged and not for readers yet. */
  beginTransaction(partition: number, messages: { holes: number; message: Message }[]): void {
    this.logs[partition]!.begin();
    this.publish(partition, messages, true);
  }

  endTransaction(partition: number, how: "commit" | "abort"): void {
    this.logs[partition]!.end(how, this.database.tick());
  }

  async fetch(process: number, partition: number, count: number, fault?: Fault): Promise<void> {
    if (await this.processes[process]!.fetch(partition, count, fault)) this.restart(process);
  }

  async fetchIfPossible(process: number, partition: number, count: number): Promise<void> {
    if (this.processes[process]!.canFetch(partition)) await this.fetch(process, partition, count);
  }

  async write(process: number, fault?: Fault, dies?: boolean): Promise<void> {
    if (await this.processes[process]!.write(fault, dies)) this.restart(process);
  }

  renewWatermarks(process: number): Promise<void> {
    return this.processes[process]!.renewWatermarks();
  }

  async foldWire(process: number): Promise<Wire> {
    return (await this.database.folder(process)).wire;
  }

  /** Fetches from each partition that can be fetched, and writes. */
  async deliver(process: number, count: number, fault?: Fault, dies?: boolean): Promise<void> {
    for (const partition of this.logs.keys()) await this.fetchIfPossible(process, partition, count);
    await this.write(process, fault, dies);
  }

  /** @param maxBucketsMoved quarters of history that may change their author or category */
  async fold(process: number, maxBucketsMoved: number, fault?: Fault): Promise<FoldOutcome | undefined> {
    const { client, wire } = await this.database.folder(process);
    wire.arm(fault);
    try {
      const outcome = await runFold(client, {
        topic: this.topic,
        maxCounts: maxBucketsMoved, // with 1, a batch a fold
        maxBucketsMoved,
        longestRestMs: 0,
        stepsBack: new StepsBack(),
        now: () => new Date(this.database.clock),
      });
      this.processes[process]!.minutesFrom = outcome.minutesFrom;
      return outcome;
    } catch (error) {
      if (!this.database.isCut(process)) throw error;
      return undefined;
    } finally {
      wire.arm(undefined);
    }
  }

  /** Inserts or changes a post. */
  async putPost(post: number, to: { author: number; category: number; daysOld: number }): Promise<void> {
    const row = {
      author: this.firstId + to.author,
      category: `${this.topic}/${to.category}`,
      published: this.startedAt - to.daysOld * DAY_MS,
    };
    await this.database.pool.query(
      `with author as (insert into authors (author_id, name, author_category) values ($2, 'Author', 'tech') on conflict do nothing)
       insert into posts (post_id, author_id, category, publish_timestamp) values ($1, $2, $3, to_timestamp($4))
       on conflict (post_id) do update set author_id = excluded.author_id, category = excluded.category,
                                           publish_timestamp = excluded.publish_timestamp`,
      [this.postId(post), row.author, row.category, row.published / 1000],
    );
    this.model.catalogue.set(this.postId(post), row);
  }

  knowsPost(post: number): boolean {
    return this.model.catalogue.has(this.postId(post));
  }

  passTime(minutes: number): void {
    this.database.clock += minutes * MINUTE_MS;
  }

  /** From now on events of months before the `months` that precede this one are not taken. */
  async expire(months: number): Promise<void> {
    const { clock, pool } = this.database;
    const horizon = monthsBefore(clock, months);
    const client = await pool.connect();
    try {
      await expireEventsBefore(client, horizon);
    } finally {
      client.release();
    }
    this.model.horizon = Math.max(this.model.horizon, horizon);
  }

  /** The log no longer holds its first offsets. */
  truncate(partition: number, low: number): void {
    this.logs[partition]!.low = low;
  }

  /**
   * The topic is made again with the first `kept` records of what it had, or its broker has lost all but these: every
   * reader hears of it.
   * @param low what is held begins here
   */
  cut(partition: number, kept: number, low: number, how: "made again" | "lost"): void {
    const now = how === "lost" ? undefined : this.database.tick();
    this.logs[partition] = this.logs[partition]!.cut(kept, low, now);
    for (const process of this.processes) process.doubt(partition);
  }

  /**
   * Runs `held` up to its armed statement, then `other` until it is done or waits for a lock, and lets `held` go on or
   * cuts it there.
   */
  async meanwhile(
    wire: Wire,
    held: () => Promise<unknown>,
    other: () => Promise<unknown>,
    then: "on" | "cut",
  ): Promise<void> {
    const stands = wire.hold();
    const first = held();
    first.catch(() => {});
    await Promise.race([stands, first]);
    let done = false;
    const second = other().finally(() => {
      done = true;
    });
    second.catch(() => {});
    while (!done && !(await this.someoneWaits()));
    wire.resume(then);
    await Promise.allSettled([first, second]);
    await first;
    await second;
  }

  /** Holds what the writer keeps against the model. */
  async check(): Promise<void> {
    expect(this.wrongBeginnings).toEqual([]);
    const found = await readSnapshot(this.database.pool, this.topic, this.ids);
    expect(found).toEqual(expectedSnapshot(this.model));
    await this.checkWatermarks();
  }

  /** Everything that was acknowledged before a partition's watermark, or before as_of, is accounted for. */
  private async checkWatermarks(): Promise<void> {
    const { rows } = await this.database.pool.query<{ partition: number; accounted: number | null }>(
      `select o.partition, (extract(epoch from greatest(o.watermark, s.as_of)) * 1000)::float8 as accounted
       from ingest_offsets o, stats s where o.topic = $1`,
      [this.topic],
    );
    for (const { partition, accounted } of rows) {
      const promised = this.logs[partition]!.acknowledged().filter(
        ({ acknowledgedAt }) => acknowledgedAt < (accounted ?? 0),
      );
      expect(
        promised.filter(({ message }) => !this.model.passed.has(message)),
        `partition ${partition} is accounted for up to ${accounted}`,
      ).toEqual([]);
    }
  }

  async audit(): Promise<void> {
    const report = await audit(this.database.url);
    expect(report.checks.filter(({ differences }) => differences > 0)).toEqual([]);
  }

  /**
   * Lets every process find its way from wherever it was left: each is given a last event of each partition to read, after
   * which everything is read and stored as the model says.
   */
  async finish(): Promise<void> {
    for (const [partition, log] of this.logs.entries())
      if (log.hasOpenTransaction) this.endTransaction(partition, "commit");
    for (const process of this.processes.keys()) {
      for (const partition of this.logs.keys()) this.publish(partition, [{ holes: 0, message: LAST }]);
      // What it still held is written or given up first.
      for (const _ of [1, 2]) await this.deliver(process, Number.POSITIVE_INFINITY);
      for (const [partition, { high }] of this.logs.entries()) {
        const { next } = this.model.open.get(partition)!;
        expect(next, `process ${process} has read partition ${partition} to its end`).toBe(high);
      }
    }
    for (const process of this.processes.keys()) await this.renewWatermarks(process);
    await this.check();
  }

  /** Folds everything, and holds the rollups against the model. */
  async settle(): Promise<void> {
    const last = await until(() => this.fold(0, 50_000), {
      what: "everything to be folded",
      everyMs: 1,
      is: (outcome) => outcome?.kind === "unchanged" || (outcome?.kind === "folded" && !outcome.result.more),
    });
    const { pool, clock } = this.database;
    expect(await readRollups(pool, this.ids, `${this.topic}/`)).toEqual(
      expectedRollups(this.model, clock, last!.minutesFrom),
    );
    const { found, expected } = await readTotals(pool);
    expect(found).toEqual(expected);
    await this.check();
  }

  private async someoneWaits(): Promise<boolean> {
    const { rowCount } = await this.database.pool.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return rowCount! > 0;
  }

  private newProcess(): IngestProcess {
    return new IngestProcess({
      pool: this.database.pool,
      topic: this.topic,
      logs: this.logs,
      now: () => this.database.tick(),
      beforeCommit: (process, client) => this.observe(process, client),
    });
  }

  private restart(process: number): void {
    this.processes[process] = this.newProcess();
  }

  /**
   * Reads which offsets a transaction has passed, and tells the model once it is committed. Commits are told in the
   * order in which they are acknowledged: one that depends on another comes a round trip later at least.
   */
  private async observe(by: IngestProcess, client: ClientBase): Promise<() => void> {
    const { rows } = await client.query<{ partition: number; log: number; next: number }>(
      `select partition, log_number as log, next_offset as next from ingest_offsets
       where topic = $1 and xmin = pg_current_xact_id_if_assigned()::xid order by partition`,
      [this.topic],
    );
    return () => {
      for (const { partition, log, next } of rows) {
        const account = this.model.open.get(partition)!;
        if (log !== account.logNumber) this.beginLog(partition, log, next);
        else if (by.isProving) this.model.gap(partition, next, this.logs[partition]!);
        else this.model.pass(partition, next, (at) => this.delivery(by, at));
      }
    };
  }

  /** One that is begun wrongly is found by the next check: a process that were told here would only try again. */
  private beginLog(partition: number, log: number, first: number): void {
    const { low } = this.logs[partition]!;
    if (this.model.isSource(partition, this.logs[partition]!))
      this.wrongBeginnings.push(`partition ${partition}, log ${log}: the log is the one that was read`);
    if (first > low)
      this.wrongBeginnings.push(
        `partition ${partition}, log ${log}: from ${first}, though it is held from ${low}`,
      );
    this.model.begin(partition, log, first);
  }

  private delivery(by: IngestProcess, { partition, logNumber, next }: Account): Delivery | undefined {
    return [by, ...this.processes]
      .flatMap(({ deliveries }) => deliveries)
      .find((d) => d.partition === partition && d.logNumber === logNumber && d.start <= next && next < d.end);
  }

  private postId = (post: number): number => this.firstId + post;

  private get firstId(): number {
    return 10 * this.history;
  }

  /** Of the history's posts, and of its authors. */
  private get ids(): [number, number] {
    return [this.firstId, this.firstId + 10];
  }
}
