/** `"user_id": 7` in text of whatever kind, JSON within JSON included. */
const IN_TEXT = /user_id[\\"'\s]*[:=][\\"'\s]*0*(\d{1,10})(?!\d)/g;

/** Whether raw bytes name any of the users as their user_id: as JSON says it, or as text where they are none. */
export function namesAny(users: ReadonlySet<number>, bytes: Buffer | null): boolean {
  if (users.size === 0 || bytes === null) return false;
  const text = bytes.toString("utf8");
  for (const [, id] of text.matchAll(IN_TEXT)) if (users.has(Number(id))) return true;
  try {
    return holdsAny(users, JSON.parse(text));
  } catch {
    return false; // no JSON: the text was all there is
  }
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
