import { createHash } from "node:crypto";
import type { LogRecord } from "./topicContent.ts";

/**
 * This harness' own reading of the contract: what becomes of a record, without any code of the system. As far as the
 * publisher goes, that is: it publishes no time within minutes of the limit in the future, but for those in `ahead`.
 */
export type Verdict =
  | { counts: true; id: string; postId: number; type: string; userId: number | null; at: number }
  | { counts: false; reason: string };

const TYPES = ["view", "like", "comment", "share"];
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const RFC_3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/;
const YEAR_2000 = Date.UTC(2000, 0, 1);

const reject = (reason: string): Verdict => ({ counts: false, reason });

/** @param ahead ids of events that were published while clocks were wrong, and may count */
export function judge(record: LogRecord, posts: number, ahead: ReadonlySet<string>): Verdict {
  const { value } = record;
  if (value === null || value.length === 0) return reject("not_json");
  if (value.length > 65_536) return reject("too_large");
  let event: Record<string, unknown>;
  try {
    event = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value));
  } catch {
    return reject("not_json");
  }
  if (typeof event !== "object" || event === null || Array.isArray(event)) return reject("invalid_field");
  const id = event.event_id == null ? undefined : String(event.event_id).toLowerCase();
  if (id !== undefined && (typeof event.event_id !== "string" || !UUID.test(id)))
    return reject("invalid_field");
  if (!TYPES.includes(event.type as string) || !isId(event.post_id)) return reject("invalid_field");
  if (event.user_id != null && !isId(event.user_id)) return reject("invalid_field");
  const at = timeOf(event.engaged_timestamp, id, record.timestamp);
  if (!(at >= YEAR_2000)) return reject("invalid_field");
  if (at > Date.now() + 5 * 60_000 && !ahead.has(id ?? "")) return reject("future_timestamp");
  if (event.post_id > posts) return reject("unknown_post");
  return {
    counts: true,
    id: id ?? derivedId(record),
    postId: event.post_id,
    type: event.type as string,
    userId: (event.user_id as number | undefined) ?? null,
    at,
  };
}

/** The identity for deduplication. */
export const identityOf = (id: string, at: number): string =>
  `${new Date(at).toISOString().slice(0, 7)} ${id}`;

const isId = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 2 ** 31 - 1;

function timeOf(engaged: unknown, id: string | undefined, messageTime: number): number {
  if (engaged != null) return typeof engaged === "string" ? parseTime(engaged) : Number.NaN;
  if (id?.[14] === "7" && "89ab".includes(id[19]!))
    return Number.parseInt(id.replace("-", "").slice(0, 12), 16);
  return messageTime;
}

function parseTime(text: string): number {
  const match = RFC_3339.exec(text);
  if (!match) return Number.NaN;
  const [, date, time, fraction = "", zone] = match;
  return Date.parse(`${date}T${time}.${fraction.padEnd(3, "0").slice(0, 3)}${zone!.toUpperCase()}`);
}

/** A UUIDv8: the message's time, then SHA-256 of its place. */
function derivedId({ partition, offset, timestamp }: LogRecord): string {
  const hash = createHash("sha256").update(`engagements/${partition}/${offset}/${timestamp}`).digest("hex");
  const variant = ((Number.parseInt(hash[4]!, 16) & 3) | 8).toString(16);
  const time = timestamp.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-8${hash.slice(1, 4)}-${variant}${hash.slice(5, 8)}-${hash.slice(8, 20)}`;
}
