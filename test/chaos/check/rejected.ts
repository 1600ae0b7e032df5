import type { World } from "../world.ts";
import type { Expectation } from "./expected.ts";
import { summary } from "./summary.ts";

/** A row of rejected_events. */
export interface RejectedRow {
  /** "partition/log@offset" */
  place: string;
  reason: string;
  message_key: Buffer | null;
  payload: Buffer | null;
  removed: boolean;
}

export function readRejected(world: World): Promise<RejectedRow[]> {
  return world.query(
    `select partition || '/' || log_number || '@' || "offset" as place, reason, message_key, payload,
            payload_removed_at is not null as removed
     from rejected_events`,
  );
}

/**
 * Rejected events held against what the logs say: each with its reason, key and bytes. The bytes are gone where they
 * name a user who was erased, and nowhere else: nothing here is as old as RETENTION_REJECTED_DAYS.
 */
export function rejectedDeviations(
  rows: RejectedRow[],
  { rejected }: Expectation,
  erased: ReadonlySet<number>,
): string[] {
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const { place, reason, message_key, payload, removed } of rows) {
    seen.add(place);
    const expected = rejected.get(place);
    if (!expected) {
      wrong.push(`${place} (${reason}), which no log held or which counts`);
      continue;
    }
    const { key, value } = expected.record;
    const gone = erased.has(userNamedIn(value));
    const bytes = gone ? { key: null, value: null } : { key, value };
    if (expected.reason !== reason) wrong.push(`${place}: ${reason} instead of ${expected.reason}`);
    else if (removed !== gone)
      wrong.push(`${place}: its bytes were ${removed ? "removed without reason" : "not removed"}`);
    else if (!same(payload, bytes.value) || !same(message_key, bytes.key))
      wrong.push(`${place}: other bytes`);
  }
  for (const place of rejected.keys()) if (!seen.has(place)) wrong.push(`${place}: missing`);
  return summary("rejected events are wrong", wrong);
}

/** Traffic writes it in one way only; 0 for none. */
const userNamedIn = (value: Buffer | null): number =>
  Number(/"user_id":(\d+)/.exec(value?.subarray(0, 1_000).toString("latin1") ?? "")?.[1] ?? 0);

const same = (a: Buffer | null, b: Buffer | null): boolean => (a && b ? a.equals(b) : a === b);
