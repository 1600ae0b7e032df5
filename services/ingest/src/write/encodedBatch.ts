import { ENGAGEMENT_TYPES } from "@pulseboard/contract";
import { BinaryCopy } from "./binaryCopy.ts";
import type { Deltas } from "./deltas.ts";
import type { MonthRows } from "./monthRows.ts";
import type { Batch } from "./prepare.ts";

export const COLUMNS = "event_id, post_id, type, user_id, engaged_timestamp";
const LABELS = ENGAGEMENT_TYPES.map((type) => Buffer.from(type));

/** A batch as COPY takes it, with what it adds to the counts. Its memory is used again for a later batch. */
export class EncodedBatch {
  readonly deltas: Deltas;
  /** Bytes of COPY, by month in their order. */
  copies: { month: number; bytes: Buffer }[] = [];
  /** Users whose id was left out. */
  erasedUsers: ReadonlySet<number> = new Set();
  private readonly buffer = new BinaryCopy();
  private of: Batch | undefined;

  constructor(deltas: Deltas) {
    this.deltas = deltas;
  }

  /** What was encoded last. */
  get batch(): Batch {
    if (!this.of) throw new Error("nothing is encoded yet");
    return this.of;
  }

  encode(batch: Batch, minutesFrom: number, erasedUsers: ReadonlySet<number>): this {
    this.of = batch;
    this.erasedUsers = erasedUsers;
    this.deltas.clear();
    this.buffer.clear();
    this.copies = [];
    for (const [month, rows] of [...batch.rows].sort(([a], [b]) => a - b)) {
      if (rows.count === 0) continue;
      this.copies.push({ month, bytes: encodeRows(rows, this.buffer, erasedUsers) });
      countRows(rows, this.deltas, minutesFrom);
    }
    return this;
  }
}

/** @returns the bytes, which stay valid until the buffer is cleared */
export function encodeRows(rows: MonthRows, buffer: BinaryCopy, erasedUsers: ReadonlySet<number>): Buffer {
  const copy = buffer.begin();
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
  return copy.end();
}

/** @param minutesFrom the first minute that the fold keeps per post; older ones are counted by quarter hour only */
export function countRows(rows: MonthRows, deltas: Deltas, minutesFrom: number): void {
  rows.forEach(({ posts, times, types }, index) => {
    const minute = Math.floor(times[index]! / 60_000);
    deltas.add(posts[index]!, minute < minutesFrom ? minute - (minute % 15) : minute, types[index]!);
  });
}
