import type pg from "pg";
import type { EngagementType } from "../../packages/contract/src/event.ts";

export const POSTS = 30_000;
export const AUTHORS = 1_500;
export const CATEGORIES = 8;

export interface Catalogue {
  posts: number;
  authors: number;
}
/** Unless a bench is about another one. */
export const CATALOGUE: Catalogue = { posts: POSTS, authors: AUTHORS };

export const PARTITIONS = 6;
const ZIPF = 0.9;
const USERS = 200_000;
const LIVE_MS = 10 * 60_000;
const SPREAD_MS = 90 * 86_400_000;
const REPEATED_FROM = 100_000;

/** An event as ingest has it after decoding. */
export interface Engagement {
  eventId: string | undefined;
  type: EngagementType;
  postId: number;
  userId: number | undefined;
  /** ms since the epoch. */
  engagedAt: number;
}

/** When the events of a workload happened; their order in the topic is that of their ids either way. */
export type Times =
  /** The last 10 minutes, in order, as a topic holds them that waited for its reader. */
  | "live"
  /** Any time of the last 90 days, in no order. */
  | "spread";

export interface Workload {
  /** Events in all, repeats included. */
  count: number;
  times: Times;
  /** Of the event ids; "none" leaves them out, so that ingest derives them. */
  ids: "v7" | "v4" | "none";
  /** Share of events that are repeats of one of the last 100,000. */
  duplicates: number;
  seed: number;
  /** ms since the epoch. */
  now: number;
}

/** Words of titles: so many, each in two of that many titles. */
export const WORDS = 997;
const word = (number: string) => `substr(md5((${number} % ${WORDS})::text), 1, 6)`;

/** Authors, and posts of any age up to 120 days. */
export async function fillCatalogue(client: pg.ClientBase, { posts, authors } = CATALOGUE): Promise<void> {
  await client.query(
    `insert into authors (author_id, name, author_category)
     select i, 'Author ' || i, 'category ' || i % $2 from generate_series(1, $1::integer) i`,
    [authors, CATEGORIES],
  );
  await client.query(
    `insert into posts (post_id, author_id, category, publish_timestamp, title)
     select i, 1 + i % $2, 'category ' || i / $2 % $3, now() - (i::bigint * 7919 % 172800)::integer * interval '1 minute',
            'Post ' || i || ' about ' || ${word("i")} || ' and ' || ${word("i / 7")}
     from generate_series(1, $1::integer) i`,
    [posts, authors, CATEGORIES],
  );
}

/** xorshift128: uniform 32-bit integers, the same from the same seed. */
function random(seed: number): () => number {
  let [x, y, z, w] = [seed | 1, 362436069, 521288629, 88675123];
  return () => {
    const t = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    return w >>> 0;
  };
}

/** Post ids by Zipf's law, the ranks spread over the ids. */
function zipfPosts(next: () => number): () => number {
  const cumulated = new Float64Array(POSTS);
  let sum = 0;
  for (let rank = 0; rank < POSTS; rank++) {
    sum += (rank + 1) ** -ZIPF;
    cumulated[rank] = sum;
  }
  return () => {
    const at = (next() / 2 ** 32) * sum;
    let [low, high] = [0, POSTS - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulated[middle]! < at) low = middle + 1;
      else high = middle;
    }
    return 1 + ((low * 7919) % POSTS);
  };
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");

/** @param first 12 hexadecimal digits: the time in a UUIDv7 */
function uuid(first: string, version: number, next: () => number): string {
  const [a, b, c] = [next(), next(), next()];
  const variant = hex(0x8000 | (a & 0x3fff), 4);
  return `${first.slice(0, 8)}-${first.slice(8)}-${version}${hex(a >>> 20, 3)}-${variant}-${hex(b, 8)}${hex(c >>> 16, 4)}`;
}

const uuidV4 = (next: () => number) => uuid(hex(next(), 8) + hex(next() >>> 16, 4), 4, next);

/** 85% views, 10% likes, 3% comments, 2% shares. */
function typeOf(draw: number): EngagementType {
  const percent = draw % 100;
  if (percent < 85) return "view";
  if (percent < 95) return "like";
  return percent < 98 ? "comment" : "share";
}

/** The events one by one, in the order of the topic; those with UUIDv7 ids in the order of these. */
export function* engagements(workload: Workload): Generator<{ event: Engagement; repeated: boolean }> {
  const { count, times, ids, duplicates, seed, now } = workload;
  const next = random(seed);
  const post = zipfPosts(next);
  const recent: Engagement[] = [];
  for (let index = 0, distinct = 0; index < count; index++) {
    if (duplicates > 0 && recent.length > 0 && next() / 2 ** 32 < duplicates) {
      yield { event: recent[next() % recent.length]!, repeated: true };
      continue;
    }
    const at = Math.floor(now - LIVE_MS + (index / count) * LIVE_MS);
    const event: Engagement = {
      eventId: ids === "none" ? undefined : ids === "v4" ? uuidV4(next) : uuid(hex(at, 12), 7, next),
      type: typeOf(next()),
      postId: post(),
      userId: 1 + (next() % USERS),
      engagedAt: times === "live" ? at : now - Math.floor((next() / 2 ** 32) * SPREAD_MS),
    };
    if (duplicates > 0) recent[distinct++ % REPEATED_FROM] = event;
    yield { event, repeated: false };
  }
}

/** The message that says so. */
export function messageOf({ eventId, type, postId, userId, engagedAt }: Engagement): string {
  const id = eventId === undefined ? "" : `"event_id":"${eventId}",`;
  const time = new Date(engagedAt).toISOString();
  return `{${id}"type":"${type}","post_id":${postId},"user_id":${userId},"engaged_timestamp":"${time}"}`;
}
