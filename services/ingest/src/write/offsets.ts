import { transaction } from "@pulseboard/runtime";
import type { Pool, PoolClient } from "pg";
import type { RecordMark } from "../decode/record.ts";
import { endingBlockers } from "./blockers.ts";

export interface Place {
  log: number;
  next: number;
}

/** A partition that is accounted for up to `watermark`, ms, once everything before `next` is written. */
export interface Accounted extends Place {
  partition: number;
  watermark: number;
}

/** How far a partition has been read, as the database has it: the truth, whatever Kafka's committed offset says. */
export interface Position extends Place {
  /** The last record passed; undefined while nothing of this log has been read. */
  last: RecordMark | undefined;
  /** No log that begins below this offset is the one that was read: the start of a log never falls. */
  floor: number;
}

/** One partition's step in a batch: from `start` to `end` in one log. */
export interface Step {
  partition: number;
  log: number;
  start: number;
  end: number;
  last: RecordMark | undefined;
  /** ms since the epoch. */
  watermark: number | undefined;
}

export interface Counts {
  partition: number;
  stored: number;
  rejected: number;
  duplicates: number;
  skipped: number;
}

/** The compare-and-set found another position than the batch starts at. */
export class OffsetsMoved extends Error {
  override name = "OffsetsMoved";
  readonly partitions: number[];

  constructor(partitions: number[]) {
    super(`partitions ${partitions.join(", ")} are not where this batch starts`);
    this.partitions = partitions;
  }
}

const LOG_COLUMNS =
  "topic, partition, log_number, next_offset, first_offset, stored, rejected, duplicates, skipped, gaps";

const unlessAhead = (time: string) => `case when ${time} <= clock_timestamp() then ${time} end`;

/**
 * A row's watermark once there may be a later one, in ms: the later of the two. One that is ahead of the clock is of a
 * clock that has been set back since, and gives way to any that is not.
 */
const WATERMARK = (later: string) =>
  `coalesce(greatest(${unlessAhead("o.watermark")}, ${unlessAhead(`to_timestamp(${later} / 1000.0)`)}), o.watermark)`;

/** The table ingest_offsets, for one topic. */
export class Offsets {
  private readonly pool: Pool;
  private readonly topic: string;

  constructor(pool: Pool, topic: string) {
    this.pool = pool;
    this.topic = topic;
  }

  /** Makes the row of a partition that has none, at the first offset its log holds. */
  async open(partition: number, firstOffset: number): Promise<void> {
    await this.pool.query(
      `insert into ingest_offsets (topic, partition, next_offset, first_offset, log_number)
       select $1, $2, $3, $3, 1 + coalesce(max(log_number), 0) from ingest_closed_logs where topic = $1 and partition = $2
       on conflict do nothing`,
      [this.topic, partition, firstOffset],
    );
  }

  /** Closes the logs of partitions that the topic no longer has, so that nothing waits for them. */
  async retire(partitions: number[]): Promise<void> {
    await this.inTransaction((client) =>
      client.query(
        `with gone as (
           delete from ingest_offsets where topic = $1 and partition = any($2::integer[]) returning *)
         insert into ingest_closed_logs (${LOG_COLUMNS}) select ${LOG_COLUMNS} from gone`,
        [this.topic, partitions],
      ),
    );
  }

  /** Where every partition stands that has a row. */
  async places(): Promise<Map<number, Place>> {
    const { rows } = await this.pool.query<Place & { partition: number }>(
      "select partition, log_number as log, next_offset as next from ingest_offsets where topic = $1",
      [this.topic],
    );
    return new Map(rows.map(({ partition, log, next }) => [partition, { log, next }]));
  }

  async read(partitions: number[]): Promise<Map<number, Position>> {
    const { rows } = await this.pool.query<{
      partition: number;
      log_number: number;
      next_offset: number;
      last_offset: number | null;
      last_timestamp: number;
      last_crc: number;
      floor: number;
    }>(
      `select partition, log_number, next_offset, last_offset, last_timestamp, last_crc,
              case when last_offset is null then next_offset - skipped else first_offset end as floor
       from ingest_offsets where topic = $1 and partition = any($2::integer[])`,
      [this.topic, partitions],
    );
    return new Map(
      rows.map((row) => [
        row.partition,
        {
          log: row.log_number,
          next: row.next_offset,
          last:
            row.last_offset === null
              ? undefined
              : { offset: row.last_offset, timestamp: row.last_timestamp, crc: row.last_crc },
          floor: row.floor,
        },
      ]),
    );
  }

  /**
   * Moves every step's partition from `start` to `end`, locking in the order of partitions, and adds what becomes of
   * its records to the accounting; in the caller's transaction, before anything else is written.
   * @throws OffsetsMoved naming the partitions that are elsewhere
   */
  async move(client: PoolClient, steps: Step[], counts: ReadonlyMap<number, Counts>): Promise<void> {
    const counted = steps.map(({ partition }) => counts.get(partition)!);
    const { rows } = await client.query<{ partition: number }>({
      name: "move-offsets",
      text: `
        with locked as materialized (
          select partition from ingest_offsets
          where topic = $1 and partition = any($2::integer[]) order by partition for update)
        update ingest_offsets o
        set next_offset = s.end_offset,
            last_offset = coalesce(s.last_offset, o.last_offset),
            last_timestamp = coalesce(s.last_timestamp, o.last_timestamp),
            last_crc = coalesce(s.last_crc, o.last_crc),
            watermark = ${WATERMARK("s.watermark")},
            stored = o.stored + s.stored, rejected = o.rejected + s.rejected,
            duplicates = o.duplicates + s.duplicates, skipped = o.skipped + s.skipped,
            committed_at = clock_timestamp()
        from unnest($2::integer[], $3::integer[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
                    $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[])
          as s (partition, log_number, start_offset, end_offset, last_offset, last_timestamp, last_crc, watermark,
                stored, rejected, duplicates, skipped)
        where o.topic = $1 and o.partition = s.partition
          and o.log_number = s.log_number and o.next_offset = s.start_offset
          and (select count(*) from locked) > 0
        returning o.partition`,
      values: [
        this.topic,
        steps.map((s) => s.partition),
        steps.map((s) => s.log),
        steps.map((s) => s.start),
        steps.map((s) => s.end),
        steps.map((s) => s.last?.offset ?? null),
        steps.map((s) => s.last?.timestamp ?? null),
        steps.map((s) => s.last?.crc ?? null),
        steps.map((s) => s.watermark ?? null),
        counted.map((c) => c.stored),
        counted.map((c) => c.rejected),
        counted.map((c) => c.duplicates),
        counted.map((c) => c.skipped),
      ],
    });
    if (rows.length === steps.length) return;
    const moved = new Set(rows.map((row) => row.partition));
    throw new OffsetsMoved(steps.map((s) => s.partition).filter((partition) => !moved.has(partition)));
  }

  /** Corrects what move() counted, once it is known which records were stored already; in its transaction. */
  async recount(client: PoolClient, counts: Counts[], before: ReadonlyMap<number, Counts>): Promise<void> {
    await client.query(
      `update ingest_offsets o
       set stored = o.stored + c.stored, duplicates = o.duplicates + c.duplicates
       from unnest($2::integer[], $3::bigint[], $4::bigint[]) as c (partition, stored, duplicates)
       where o.topic = $1 and o.partition = c.partition`,
      [
        this.topic,
        counts.map((c) => c.partition),
        counts.map((c) => c.stored - before.get(c.partition)!.stored),
        counts.map((c) => c.duplicates - before.get(c.partition)!.duplicates),
      ],
    );
  }

  /**
   * Records that [from, to) was gone before it was read, and goes on behind it.
   * @returns whether the partition was still at `from`
   */
  async recordGap(partition: number, log: number, from: number, to: number): Promise<boolean> {
    return this.inTransaction(async (client) => {
      const { rowCount } = await client.query(
        `update ingest_offsets set next_offset = $5, gaps = gaps + ($5 - $4), committed_at = clock_timestamp()
         where topic = $1 and partition = $2 and log_number = $3 and next_offset = $4`,
        [this.topic, partition, log, from, to],
      );
      if (!rowCount) return false;
      await client.query(
        "insert into ingest_gaps (topic, partition, log_number, from_offset, to_offset) values ($1, $2, $3, $4, $5)",
        [this.topic, partition, log, from, to],
      );
      return true;
    });
  }

  /**
   * Closes the log that was read and begins the next one at `firstOffset`, with counters from 0.
   * @returns whether the partition was still in `position`
   */
  async beginNextLog(partition: number, position: Position, firstOffset: number): Promise<boolean> {
    return this.inTransaction(async (client) => {
      const { rowCount } = await client.query(
        `insert into ingest_closed_logs (${LOG_COLUMNS})
         select ${LOG_COLUMNS}
         from ingest_offsets where topic = $1 and partition = $2 and log_number = $3 and next_offset = $4 for update`,
        [this.topic, partition, position.log, position.next],
      );
      if (!rowCount) return false;
      await client.query(
        `update ingest_offsets
         set log_number = log_number + 1, next_offset = $3, first_offset = $3, stored = 0, rejected = 0, duplicates = 0,
             skipped = 0, gaps = 0, last_offset = null, last_timestamp = null, last_crc = null, watermark = null,
             committed_at = clock_timestamp()
         where topic = $1 and partition = $2`,
        [this.topic, partition, firstOffset],
      );
      return true;
    });
  }

  /**
   * Moves the watermarks of those partitions that stand where they are said to. None stays ahead of the clock, which was
   * set back then: it would come true by itself. Where no step is known that explains it, nothing is known of when it was.
   * @param setBack how far the clock has been set back since they were written, by its last step, the last two, ...: ms
   */
  async renewWatermarks(accounted: Accounted[], setBack: number[] = []): Promise<void> {
    await this.pool.query(
      `with ahead as materialized (
         select partition from ingest_offsets
         where topic = $1 and watermark > clock_timestamp() order by partition for update skip locked)
       update ingest_offsets o
       set watermark = (
         select max(time) filter (where time <= clock_timestamp())
         from unnest($2::float8[]) ms, lateral (select o.watermark - make_interval(secs => ms / 1000)) less (time))
       from ahead where o.topic = $1 and o.partition = ahead.partition`,
      [this.topic, setBack],
    );
    if (accounted.length === 0) return;
    await this.pool.query(
      `with locked as materialized (
         select partition from ingest_offsets
         where topic = $1 and partition = any($2::integer[]) order by partition for update)
       update ingest_offsets o set watermark = ${WATERMARK("a.watermark")}
       from unnest($2::integer[], $3::integer[], $4::bigint[], $5::bigint[]) as a (partition, log_number, next_offset, watermark)
       where o.topic = $1 and o.partition = a.partition and o.log_number = a.log_number and o.next_offset = a.next_offset
         and (select count(*) from locked) > 0`,
      [
        this.topic,
        accounted.map((a) => a.partition),
        accounted.map((a) => a.log),
        accounted.map((a) => a.next),
        accounted.map((a) => Math.floor(a.watermark)),
      ],
    );
  }

  /** A frozen owner holds the rows of its partitions: whoever moves them does not wait for it. */
  private inTransaction<T>(body: (client: PoolClient) => Promise<T>): Promise<T> {
    return transaction(this.pool, (client) => endingBlockers(this.pool, client, () => body(client)));
  }
}
