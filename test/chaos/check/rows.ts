import { identityOf } from "../judge.ts";
import type { LogRecord } from "../topicContent.ts";
import type { World } from "../world.ts";
import { type Expectation, rowText } from "./expected.ts";

/** How many of a kind are told one by one. */
const EXAMPLES = 5;

const placeOf = ({ partition, offset }: LogRecord): string => `${partition}@${offset}`;

function summary(what: string, examples: string[]): string[] {
  if (examples.length === 0) return [];
  return [`${examples.length} ${what}, such as ${examples.slice(0, EXAMPLES).join("; ")}`];
}

/** Raw engagements held against what the logs say: lost, doubled, altered and surplus ones; then the counts of posts. */
export async function rowDeviations(world: World, { events }: Expectation): Promise<string[]> {
  const rows = await world.query(
    "select event_id, post_id, type::text, user_id, engaged_timestamp from engagements",
  );
  const seen = new Set<string>();
  const doubled: string[] = [];
  const altered: string[] = [];
  const surplus: string[] = [];
  const counts = new Map<string, number>();
  for (const { event_id, post_id, type, user_id, engaged_timestamp } of rows) {
    const at = engaged_timestamp.getTime();
    const identity = identityOf(event_id, at);
    const row = rowText(post_id, type, user_id, at);
    if (seen.has(identity)) doubled.push(identity);
    else if (!events.has(identity)) surplus.push(`${identity} (${row})`);
    else if (!events.get(identity)!.rows.has(row)) altered.push(`${identity} (${row})`);
    seen.add(identity);
    counts.set(`${post_id} ${type}`, (counts.get(`${post_id} ${type}`) ?? 0) + 1);
  }
  const lost = [...events].filter(([identity]) => !seen.has(identity));
  const whence = lost.map(([identity, { records }]) => `${identity} of ${records.map(placeOf).join(", ")}`);
  return [
    ...summary("events lost", whence),
    ...summary("events doubled", doubled),
    ...summary("events altered", altered),
    ...summary("events stored that no log held", surplus),
    ...(await countDeviations(world, counts)),
  ];
}

async function countDeviations(world: World, expected: Map<string, number>): Promise<string[]> {
  const found = await world.query(`
    select post_id || ' ' || type as key, count::integer
    from engagement_stats,
         lateral (values ('view', view_count), ('like', like_count), ('comment', comment_count), ('share', share_count)) t (type, count)
    where count > 0`);
  const counted = new Map<string, number>(found.map((row) => [row.key, row.count]));
  const wrong = [...new Set([...expected.keys(), ...counted.keys()])].filter(
    (key) => expected.get(key) !== counted.get(key),
  );
  return summary(
    "counts of posts differ from their events",
    wrong.map((key) => `post ${key}: ${counted.get(key) ?? 0} instead of ${expected.get(key) ?? 0}`),
  );
}

/** Rejected events held against what the logs say: each with its reason, key and bytes. */
export async function rejectedDeviations(world: World, { rejected }: Expectation): Promise<string[]> {
  const rows = await world.query(
    `select partition || '/' || log_number || '@' || "offset" as place, reason, message_key, payload from rejected_events`,
  );
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const { place, reason, message_key, payload } of rows) {
    seen.add(place);
    const expected = rejected.get(place);
    if (!expected) wrong.push(`${place} (${reason}), which no log held`);
    else if (expected.reason !== reason) wrong.push(`${place}: ${reason} instead of ${expected.reason}`);
    else if (!same(payload, expected.record.value) || !same(message_key, expected.record.key))
      wrong.push(`${place}: other bytes`);
  }
  for (const place of rejected.keys()) if (!seen.has(place)) wrong.push(`${place}: missing`);
  return summary("rejected events are wrong", wrong);
}

const same = (a: Buffer | null, b: Buffer | null): boolean => (a && b ? a.equals(b) : a === b);
