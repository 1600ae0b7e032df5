import { ENGAGEMENT_TYPES } from "@pulseboard/contract";
import { transaction } from "@pulseboard/runtime";
import type { Pool, PoolClient } from "pg";
import { BinaryCopy } from "./binaryCopy.ts";
import { endingBlockers } from "./blockers.ts";
import { copyInto } from "./copy.ts";
import type { Deltas } from "./deltas.ts";
import type { MonthRows } from "./monthRows.ts";
import { firstDay, identityIndex, monthTable } from "./months.ts";
import type { Offsets } from "./offsets.ts";
import { type Batch, dropDuplicates } from "./prepare.ts";
import { writeRejects } from "./rejects.ts";
import { MonthExpired, StorageRules } from "./rules.ts";

const COLUMNS = "event_id, post_id, type, user_id, engaged_timestamp";
const LABELS = ENGAGEMENT_TYPES.map((type) => Buffer.from(type));

/** Minutes that the fold keeps per post behind stats.window_minute; older ones are counted by quarter hour only. */
const MINUTES_KEPT = 2 * 24 * 60;

/** Whether the error says that an event id of the batch is stored already, and nothing else. */
export function isIdentityConflict(error: unknown, batch: Batch): boolean {
  const { code, constraint } = error as { code?: string; constraint?: string };
  return code === "23505" && [...batch.rows.keys()].some((month) => identityIndex(month) === constraint);
}

/** Writes prepared batches, each in one transaction: offsets, engagements, deltas, rejects, accounting. */
export class Store {
  readonly rules = new StorageRules();
  private readonly copy = new BinaryCopy();
  private readonly deltas: Deltas;
  private readonly pool: Pool;
  private readonly topic: string;
  private readonly offsets: Offsets;
  private readonly windowMinute: () => number;

  /** @param windowMinute the last seen stats.window_minute, which never moves back */
  constructor(options: {
    pool: Pool;
    topic: string;
    offsets: Offsets;
    deltas: Deltas;
    windowMinute: () => number;
  }) {
    this.pool = options.pool;
    this.topic = options.topic;
    this.offsets = options.offsets;
    this.deltas = options.deltas;
    this.windowMinute = options.windowMinute;
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

  /**
   * @param how `copy` fails when any id is stored already (see isIdentityConflict); `staging` stores the others
   * @returns how many delta rows were written
   * @throws MonthExpired
   */
  async write(batch: Batch, how: "copy" | "staging"): Promise<number> {
    return transaction(this.pool, (client) =>
      endingBlockers(this.pool, client, async () => {
        await this.offsets.move(client, batch.steps);
        await this.rules.hold(client);
        if ([...batch.rows.keys()].some((month) => firstDay(month) < this.rules.horizon))
          throw new MonthExpired();
        this.deltas.clear();
        for (const month of [...batch.rows.keys()].sort((a, b) => a - b)) {
          if (how === "copy") await this.copyRows(client, monthTable(month), batch.rows.get(month)!);
          else await this.stageRows(client, batch, month);
          this.countRows(batch.rows.get(month)!);
        }
        await this.deltas.write(client);
        await writeRejects(client, this.topic, batch.rejects, this.rules.erasedUsers);
        await this.offsets.count(client, [...batch.counts.values()]);
        return this.deltas.count;
      }),
    );
  }

  private async copyRows(client: PoolClient, table: string, rows: MonthRows): Promise<void> {
    if (rows.count === 0) return;
    const copy = this.copy.begin();
    const { erasedUsers } = this.rules;
    rows.forEach(({ ids, posts, types, users, times }, index) => {
      copy
        .row(5)
        .id(ids, 16 * index)
        .int4(posts[index]!)
        .bytes(LABELS[types[index]!]!);
      const user = users[index]!;
      if (user === 0 || (erasedUsers.size > 0 && erasedUsers.has(user))) copy.null();
      else copy.int4(user);
      copy.timestamp(times[index]!);
    });
    await copyInto(client, `${table} (${COLUMNS})`, copy.end());
  }

  private async stageRows(client: PoolClient, batch: Batch, month: number): Promise<void> {
    await client.query(
      "create temp table if not exists staged_engagements (like engagements) on commit delete rows",
    );
    await client.query("truncate staged_engagements");
    await this.copyRows(client, "staged_engagements", batch.rows.get(month)!);
    const { rows } = await client.query<{ event_id: string }>(
      `insert into ${monthTable(month)} (${COLUMNS}) select ${COLUMNS} from staged_engagements
       on conflict (event_id) do nothing returning event_id`,
    );
    const stored = new Set(rows.map((row) => hexOf(row.event_id)));
    dropDuplicates(batch, month, (id) => !stored.has(id));
  }

  private countRows(rows: MonthRows): void {
    const oldest = this.windowMinute() - MINUTES_KEPT;
    rows.forEach(({ posts, times, types }, index) => {
      const minute = Math.floor(times[index]! / 60_000);
      this.deltas.add(posts[index]!, minute < oldest ? minute - (minute % 15) : minute, types[index]!);
    });
  }
}

/** An id as MonthRows has it. */
const hexOf = (uuid: string): string => uuid.replaceAll("-", "");
