import { createClient, type DatabaseClient, delay } from "@pulseboard/runtime";
import { monotonicMs } from "../clock.ts";

/** The state of the database in one snapshot. */
export interface Look {
  /** Monotonic ms, when the answer was there. */
  at: number;
  version: number;
  /** ms since the epoch. */
  asOf: number;
  /** Of the partitions: every offset before it is passed. */
  nextOffsets: ReadonlyMap<number, number>;
  /** Counts that no version holds yet; null without any. */
  oldestDelta: number | null;
  newestDelta: number | null;
}

/** A fold tells that there is a new version here. */
const CHANNEL = "pulseboard_stats";
const RECONNECT_MS = 500;

const LOOK = `
  select version, floor(extract(epoch from as_of) * 1000)::float8 as as_of,
    (select json_object_agg(partition, next_offset) from ingest_offsets where topic = $1) as offsets,
    (select min(batch_id) from delta_batches) as oldest,
    (select max(batch_id) from delta_batches) as newest
  from stats`;

interface Row {
  version: number;
  as_of: number;
  offsets: Record<string, number> | null;
  oldest: number | null;
  newest: number | null;
}

export interface LookOptions {
  databaseUrl: string;
  topic: string;
  everyMs: number;
  signal: AbortSignal;
  onLook: (look: Look) => void;
  onAway: (reason: string) => void;
}

/** Looks at a fine interval, and at once when a fold tells of a version; a database that is away is tried again. */
export async function watchDatabase(options: LookOptions): Promise<void> {
  const { signal } = options;
  while (!signal.aborted) {
    const client = createClient({
      databaseUrl: options.databaseUrl,
      applicationName: "pulseboard-load-test",
      queryTimeoutMs: 30_000,
    });
    try {
      await client.connect();
      await watch(client, options);
    } catch (error) {
      if (!signal.aborted) options.onAway((error as Error).message);
    } finally {
      await Promise.race([client.end().catch(() => {}), delay(1_000)]);
    }
    await delay(RECONNECT_MS, signal);
  }
}

async function watch(client: DatabaseClient, { topic, everyMs, signal, onLook }: LookOptions): Promise<void> {
  let poke = () => {};
  client.on("notification", () => poke());
  await client.query(`listen ${CHANNEL}`);
  while (!signal.aborted) {
    const turn = new AbortController();
    // Set before the question: a fold during it calls for another.
    poke = () => turn.abort();
    const { rows } = await client.query<Row>({ name: "look", text: LOOK, values: [topic] });
    const { version, as_of, offsets, oldest, newest } = rows[0]!;
    const nextOffsets = new Map(Object.entries(offsets ?? {}).map(([id, next]) => [Number(id), next]));
    onLook({
      at: monotonicMs(),
      version,
      asOf: as_of,
      nextOffsets,
      oldestDelta: oldest,
      newestDelta: newest,
    });
    await delay(everyMs, turn.signal);
  }
}
