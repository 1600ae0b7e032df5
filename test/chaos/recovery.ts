import { TOPIC } from "../support/ledger.ts";
import { until } from "../support/until.ts";
import { storedSoFar, type World } from "./world.ts";

const LONGEST_MS = 180_000;
const FOLLOW_MS = 60_000;

/**
 * Waits until everything that was published before this call is stored and folded.
 * @throws when it takes three minutes
 */
export async function recovered(world: World): Promise<void> {
  const ends = await until(() => world.admin((admin) => admin.fetchTopicOffsets(TOPIC)), {
    what: "the topic to be there",
    timeoutMs: LONGEST_MS,
  });
  const marks = await world.publisher.mark(ends.length);
  const marked = () =>
    world.query("select event_id from engagements where event_id = any($1::uuid[])", [marks]);
  await until(marked, {
    what: "what was published last in each partition to be stored",
    timeoutMs: LONGEST_MS,
    everyMs: 50,
    is: (rows) => rows.length === marks.length,
  });
  const stored = await until(() => storedSoFar(world), { timeoutMs: LONGEST_MS });
  const folded = async () => {
    const [row] = await world.query("select (views + likes + comments + shares)::text as count from stats");
    return Number(row.count);
  };
  await until(folded, {
    what: `${stored} events to be folded`,
    timeoutMs: LONGEST_MS,
    everyMs: 50,
    is: (count) => count >= stored,
  });
}

/**
 * Waits until the windows stand where the database's clock is: they follow it both ways, once it agrees with the hosts'.
 * @throws when they do not come
 */
export async function windowsFollow(world: World): Promise<void> {
  const ahead = async () => {
    const [row] = await world.query(
      "select window_minute - floor(extract(epoch from clock_timestamp()) / 60)::integer as minutes from stats",
    );
    return Math.abs(row.minutes);
  };
  await until(ahead, {
    what: "the windows to follow the clock",
    timeoutMs: FOLLOW_MS,
    everyMs: 100,
    is: (minutes) => minutes <= 1,
  });
}

/** Waits, while nothing is published, until every offset of the topic is passed and every delta folded. */
export async function settled(world: World): Promise<void> {
  const open = async () => {
    const ends = await world.admin((admin) => admin.fetchTopicOffsets(TOPIC));
    const rows = await world.query("select partition, next_offset from ingest_offsets where topic = $1", [
      TOPIC,
    ]);
    const passed = new Map(rows.map((row) => [row.partition, row.next_offset]));
    const [{ deltas }] = await world.query("select count(*)::integer as deltas from engagement_deltas");
    return { behind: ends.filter(({ partition, high }) => passed.get(partition) !== high), deltas };
  };
  await until(open, {
    what: "every offset to be passed and every delta to be folded",
    timeoutMs: LONGEST_MS,
    everyMs: 100,
    is: ({ behind, deltas }) => behind.length === 0 && deltas === 0,
  });
}
