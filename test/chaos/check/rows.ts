import { identityOf } from "../judge.ts";
import type { LogRecord } from "../topicContent.ts";
import type { World } from "../world.ts";
import { type Expectation, rowText } from "./expected.ts";
import { summary } from "./summary.ts";

const placeOf = ({ partition, offset }: LogRecord): string => `${partition}@${offset}`;

/**
 * Raw engagements held against what the logs say: lost, doubled, altered and surplus ones; then the counts of posts.
 * @param horizon months before it (ms) were dropped; their events stay counted
 */
export async function rowDeviations(
  world: World,
  { events }: Expectation,
  horizon: number,
): Promise<string[]> {
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
    else if (!events.has(identity) || at < horizon) surplus.push(`${identity} (${row})`);
    else if (!events.get(identity)!.rows.has(row)) altered.push(`${identity} (${row})`);
    seen.add(identity);
    if (at >= horizon) counts.set(`${post_id} ${type}`, (counts.get(`${post_id} ${type}`) ?? 0) + 1);
  }
  for (const { postId, type, at } of events.values())
    if (at < horizon) counts.set(`${postId} ${type}`, (counts.get(`${postId} ${type}`) ?? 0) + 1);
  const lost = [...events].filter(([identity, { at }]) => at >= horizon && !seen.has(identity));
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
