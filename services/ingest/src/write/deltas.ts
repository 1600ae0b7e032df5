import type { PoolClient } from "pg";
import { CountTable } from "../counts/countTable.ts";

/** What a batch adds to the counts, gathered event by event and written in the transaction that stores them. */
export interface Deltas {
  /** Rows that write() writes. */
  readonly count: number;
  clear(): void;
  /** @param minute since the epoch @param type index of ENGAGEMENT_TYPES */
  add(postId: number, minute: number, type: number): void;
  write(client: PoolClient): Promise<void>;
}

/** Counts by post and minute. Used again for every batch. */
export class DeltaCounter implements Deltas {
  private readonly table = new CountTable();

  get count(): number {
    return this.table.size;
  }

  clear(): void {
    this.table.clear();
  }

  add(postId: number, minute: number, type: number): void {
    this.table.add(postId, minute, type, 1);
  }

  /** Appends the counts to delta_batches, in the caller's transaction. */
  async write(client: PoolClient): Promise<void> {
    if (this.count === 0) return;
    await client.query({
      name: "write-deltas",
      text: "insert into delta_batches (post_ids, minutes, views, likes, comments, shares) values ($1, $2, $3, $4, $5, $6)",
      values: this.table.columns(),
    });
  }
}
