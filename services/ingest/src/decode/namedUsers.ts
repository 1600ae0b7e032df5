import { MAX_EVENT_BYTES } from "@pulseboard/contract";

/** `"user_id": 7` in text of whatever kind, JSON within JSON included. */
const IN_TEXT = /user_id[\\"'\s]*[:=][\\"'\s]*0*(\d{1,10})(?!\d)/g;

/** Of text that is searched at a time. */
const WINDOW_BYTES = 1 << 20;
/** A user_id that begins in a window ends so far behind it, at most. */
const OVERLAP_BYTES = 1 << 10;

/**
 * Whether raw bytes name any of the users as their user_id: as JSON says it, or as text where they are none. What is
 * larger than an event is text: as JSON a few bytes can take a hundred times their size in memory.
 */
export function namesAny(users: ReadonlySet<number>, bytes: Buffer | null): boolean {
  if (users.size === 0 || bytes === null) return false;
  if (textNamesAny(users, bytes)) return true;
  if (bytes.length > MAX_EVENT_BYTES) return false;
  try {
    return holdsAny(users, JSON.parse(bytes.toString("utf8")));
  } catch {
    return false; // no JSON: the text was all there is
  }
}

function textNamesAny(users: ReadonlySet<number>, bytes: Buffer): boolean {
  for (let from = 0; from < bytes.length; from += WINDOW_BYTES) {
    const text = bytes.toString("latin1", from, from + WINDOW_BYTES + OVERLAP_BYTES);
    for (const { index, 1: id } of text.matchAll(IN_TEXT))
      if (index < WINDOW_BYTES && users.has(Number(id))) return true;
  }
  return false;
}

/** Without recursion: nobody bounds the depth of what was rejected. */
function holdsAny(users: ReadonlySet<number>, json: unknown): boolean {
  const left = [json];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value !== "object" || value === null) continue;
    for (const [key, item] of Object.entries(value)) {
      if (key === "user_id" && users.has(Number(item))) return true;
      left.push(item);
    }
  }
  return false;
}
