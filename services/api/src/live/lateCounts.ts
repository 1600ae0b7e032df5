import type { Condition } from "@pulseboard/contract";
import { isTransientDatabaseError, sqlState } from "@pulseboard/runtime";
import type pg from "pg";

/** A rest between folds lasts 5 s at most. */
const LATE_AFTER_MS = 30_000;

const OLDEST = "select batch_id from delta_batches order by batch_id limit 1";

/**
 * Notices counts that no fold takes, with or without an ingest that could say so: the oldest batch stays the same for too
 * long, by this process's clock. A backlog that folds work on moves it on. Time in which the database was away does not
 * count.
 */
export class LateCounts {
  /** The oldest batch, or why it cannot be read; since when, by performance.now(). */
  private held: { what: string; since: number } | undefined;
  private readonly lateAfterMs: number;

  constructor(lateAfterMs = LATE_AFTER_MS) {
    this.lateAfterMs = lateAfterMs;
  }

  /** The database could not be asked for a while, and nor could a fold. */
  lostSight(): void {
    this.held = undefined;
  }

  /** @returns the condition `fold` when it holds */
  async look(client: Pick<pg.ClientBase, "query">): Promise<Condition | undefined> {
    const now = performance.now();
    const what = await this.oldest(client);
    if (what === undefined) this.held = undefined;
    else if (this.held?.what !== what) this.held = { what, since: now };
    if (!this.held || now - this.held.since <= this.lateAfterMs) return undefined;
    return {
      condition: "fold",
      detail: what?.startsWith("batch") ? "counts wait and no fold takes them" : `waiting ${what}`,
      since: new Date(Date.now() - (now - this.held.since)).toISOString(),
      blocks: true,
    };
  }

  private async oldest(client: Pick<pg.ClientBase, "query">): Promise<string | undefined> {
    try {
      const { rows } = await client.query<{ batch_id: number }>({ name: "oldest_batch", text: OLDEST });
      return rows[0] && `batch ${rows[0].batch_id}`;
    } catch (error) {
      if (isTransientDatabaseError(error) || sqlState(error) === undefined) throw error;
      return `counts cannot be read (${sqlState(error)})`;
    }
  }
}
