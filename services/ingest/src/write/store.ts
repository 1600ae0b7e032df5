import { transaction } from "@pulseboard/runtime";
import type { Pool, PoolClient } from "pg";
import { BinaryCopy } from "./binaryCopy.ts";
import { endingBlockers } from "./blockers.ts";
import { copyInto } from "./copy.ts";
import type { Deltas } from "./deltas.ts";
import { COLUMNS, countRows, EncodedBatch, encodeRows } from "./encodedBatch.ts";
import { firstDay, identityIndex, monthTable } from "./months.ts";
import type { Offsets } from "./offsets.ts";
import { type Batch, dropDuplicates } from "./prepare.ts";
import { writeRejects } from "./rejects.ts";
import { RulesChanged, StorageRules } from "./rules.ts";

/** Whether the error says that an event id of the batch is stored already, and nothing else. */
export function isIdentityConflict(error: unknown, batch: Batch): boolean {
  const { code, constraint } = error as { code?: string; constraint?: string };
  return code === "23505" && [...batch.rows.keys()].some((month) => identityIndex(month) === constraint);
}

/** Writes prepared batches, each in one transaction: offsets, engagements, deltas, rejects, accounting. */
export class Store {
  readonly rules = new StorageRules();
  /** Memory of batches that were written. */
  private readonly free: EncodedBatch[] = [];
  private readonly pool: Pool;
  private readonly topic: string;
  private readonly offsets: Offsets;
  private readonly createDeltas: () => Deltas;
  private readonly minutesFrom: () => number;

  /**
   * @param createDeltas what gathers the counts of a batch; there are as many as batches in the making
   * @param minutesFrom the last seen stats.minutes_from
   */
  constructor(options: {
    pool: Pool;
    topic: string;
    offsets: Offsets;
    createDeltas: () => Deltas;
    minutesFrom: () => number;
  }) {
    this.pool = options.pool;
    this.topic = options.topic;
    this.offsets = options.offsets;
    this.createDeltas = options.createDeltas;
    this.minutesFrom = options.minutesFrom;
  }

  /** Looks the batch's ids up and drops those that are stored. */
  async dropStored(batch: Batch): Promise<void> {
    for (const [month, rows] of batch.rows) {
      const { rows: found } = await this.pool.query<{ event_id: string }>(
        // Of the parent: the month may have been dropped.
        `select event_id from engagements
         where event_id = any($1::uuid[]) and engaged_timestamp >= $2 and engaged_timestamp < $3`,
        [rows.ids(), new Date(firstDay(month)), new Date(firstDay(month + 1))],
      );
      if (found.length === 0) continue;
      const stored = new Set(found.map((row) => hexOf(row.event_id)));
      dropDuplicates(batch, month, (id) => stored.has(id));
    }
  }

  /** Makes a batch ready for write(), which has to follow: it gives the memory back. */
  encode(batch: Batch): EncodedBatch {
    const encoded = this.free.pop() ?? new EncodedBatch(this.createDeltas());
    return encoded.encode(batch, this.minutesFrom(), this.rules.erasedUsers);
  }

  /**
   * Fails when any of the ids is stored already, see isIdentityConflict.
   * @returns how many delta rows were written
   * @throws RulesChanged
   */
  async write(encoded: EncodedBatch): Promise<number> {
    const { batch, deltas, copies, erasedUsers } = encoded;
    try {
      return await this.inTransaction(batch, async (client) => {
        if (erasedUsers !== this.rules.erasedUsers) throw new RulesChanged();
        for (const { month, bytes } of copies)
          await copyInto(client, `${monthTable(month)} (${COLUMNS})`, bytes);
        await deltas.write(client);
        return deltas.count;
      });
    } finally {
      this.free.push(encoded);
    }
  }

  /** The same, leaving out what is stored already. */
  async writeStaged(batch: Batch): Promise<number> {
    const deltas = this.createDeltas();
    return this.inTransaction(batch, async (client) => {
      const before = structuredClone(batch.counts);
      for (const [month, rows] of [...batch.rows].sort(([a], [b]) => a - b)) {
        if (rows.count === 0) continue;
        await this.stageRows(client, batch, month);
        countRows(rows, deltas, this.minutesFrom());
      }
      await deltas.write(client);
      await this.offsets.recount(client, [...batch.counts.values()], before);
      return deltas.count;
    });
  }

  /** @throws RulesChanged */
  private inTransaction(batch: Batch, body: (client: PoolClient) => Promise<number>): Promise<number> {
    return transaction(this.pool, (client) =>
      endingBlockers(this.pool, client, async () => {
        await this.offsets.move(client, batch.steps, batch.counts);
        await this.rules.hold(client);
        const { horizon, incarnation } = this.rules;
        if (batch.horizon !== horizon || batch.incarnation !== incarnation) throw new RulesChanged();
        const deltas = await body(client);
        await writeRejects(client, this.topic, batch.rejects, this.rules.erasedUsers);
        return deltas;
      }),
    );
  }

  private async stageRows(client: PoolClient, batch: Batch, month: number): Promise<void> {
    await client.query(
      "create temp table if not exists staged_engagements (like engagements) on commit delete rows",
    );
    await client.query("truncate staged_engagements");
    const bytes = encodeRows(batch.rows.get(month)!, new BinaryCopy(), this.rules.erasedUsers);
    await copyInto(client, `staged_engagements (${COLUMNS})`, bytes);
    const { rows } = await client.query<{ event_id: string }>(
      `insert into ${monthTable(month)} (${COLUMNS}) select ${COLUMNS} from staged_engagements
       on conflict (event_id) do nothing returning event_id`,
    );
    const stored = new Set(rows.map((row) => hexOf(row.event_id)));
    dropDuplicates(batch, month, (id) => !stored.has(id));
  }
}

/** An id as MonthRows has it. */
const hexOf = (uuid: string): string => uuid.replaceAll("-", "");
