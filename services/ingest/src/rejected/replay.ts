import { transaction } from "@pulseboard/runtime";
import type { Pool, PoolClient } from "pg";
import { type Amended, amend, amendMended, NEVER_REPLAYED } from "./amend.ts";
import { type Coordinates, coordinateColumns } from "./coordinates.ts";
import { FILTER, FILTER_PARAMETERS, type Filter, filterValues } from "./filter.ts";
import type { Kept } from "./kept.ts";
import type { Mend } from "./mend.ts";

/** Rows in memory at a time: 32 MiB when each is as large as an event can be. */
const PAGE = 500;
/** The same for payloads of any size, which a broker bounds at some MiB each. */
const LARGE_PAGE = 20;
const EXAMPLES = 3;

export interface OutgoingMessage {
  key: Buffer | null;
  value: Buffer;
}

/** What has become of the events so far. */
export interface Tally {
  published: number;
  /** Events left alone, by why. */
  skipped: Map<string, number>;
  /** Events that an earlier replay prepared: its bytes are published, whatever the options now. */
  prepared: number;
  /** Of a dry run that mends: the first events before and after. */
  examples: { at: Coordinates; before: Buffer; after: Buffer }[];
}

export interface ReplayOptions {
  filter: Filter;
  /** Events read at most. */
  limit: number;
  dryRun: boolean;
  /** Mends each event that no replay has prepared before. */
  mend: Mend | undefined;
  /** Whether `mend` also takes payloads that are too large or not JSON. */
  mendsAny: boolean;
  /** Resolves once Kafka has acknowledged them, in order. */
  send: (topic: string, messages: OutgoingMessage[]) => Promise<void>;
  /** Kept up to date page by page. */
  tally: Tally;
}

interface Row extends Kept {
  replayedAt: Date | null;
  /** Whether the bytes that replays publish are stored. */
  isPrepared: boolean;
}

interface Outgoing extends Coordinates {
  message_key: Buffer | null;
  replay_payload: Buffer;
}

/**
 * Publishes rejected events again, in the order of their offsets, page by page. First the bytes that are published for
 * a row are stored with it, identity included, and committed: a replay that is killed, repeated, or run with other
 * options publishes the same bytes, so its repeats count as duplicates. Then a page's rows are locked while it is
 * published, and marked as replayed in the same transaction: two replays share the work.
 */
export async function replay(pool: Pool, options: ReplayOptions): Promise<void> {
  const { limit, dryRun, tally } = options;
  const pageRows = options.mendsAny ? LARGE_PAGE : PAGE;
  const filter = { ...options.filter, until: await replayEnd(pool, options.filter.until) };
  let after: Coordinates | undefined;
  for (let left = limit; left > 0; ) {
    const most = Math.min(pageRows, left);
    const rows = await transaction(pool, (client) => prepare(client, { ...options, filter }, after, most));
    if (!dryRun)
      tally.published += await transaction(pool, (client) => publish(client, rows, filter, options.send));
    left -= rows.length;
    after = rows.at(-1);
    if (rows.length < most) return;
  }
}

/** What a replay sends is perhaps rejected again, and must not be found by the same replay. */
async function replayEnd(pool: Pool, until: Date | undefined): Promise<Date> {
  const { rows } = await pool.query<{ now: Date }>("select clock_timestamp() as now");
  const { now } = rows[0]!;
  return until && until < now ? until : now;
}

/** Stores the bytes to publish with every row of the next page that has none. @returns the page */
async function prepare(
  client: PoolClient,
  options: ReplayOptions,
  after: Coordinates | undefined,
  most: number,
): Promise<Row[]> {
  const { dryRun, mend, tally } = options;
  const page = await readPage(client, options, after, most);
  const prepared: { row: Row; value: Buffer }[] = [];
  for (const row of page) {
    if (row.isPrepared) {
      tally.prepared += 1;
      if (dryRun) tally.published += 1;
      continue;
    }
    const amended = await amendRow(row, options);
    if ("skip" in amended) {
      tally.skipped.set(amended.skip, (tally.skipped.get(amended.skip) ?? 0) + 1);
      continue;
    }
    prepared.push({ row, value: amended.value });
    if (dryRun) tally.published += 1;
    if (dryRun && mend && tally.examples.length < EXAMPLES)
      tally.examples.push({ at: row, before: row.payload!, after: amended.value });
  }
  if (!dryRun && prepared.length > 0)
    await client.query(
      `update rejected_events r set replay_payload = e.value
       from unnest($1::text[], $2::integer[], $3::integer[], $4::bigint[], $5::bytea[]) as e (topic, partition, log_number, "offset", value)
       where r.topic = e.topic and r.partition = e.partition and r.log_number = e.log_number and r."offset" = e."offset"`,
      [...coordinateColumns(prepared.map(({ row }) => row)), prepared.map(({ value }) => value)],
    );
  return page;
}

async function amendRow(row: Row, { mend, mendsAny }: ReplayOptions): Promise<Amended> {
  if (!mend || (!mendsAny && NEVER_REPLAYED.has(row.reason))) return amend(row);
  // Its first replay was made by a version that stored no bytes: with another identity it could count twice.
  if (row.replayedAt) return { skip: "replayed before as it was; mend the later rejection of it" };
  return amendMended(row, mend);
}

async function readPage(
  client: PoolClient,
  { filter, dryRun, mendsAny }: ReplayOptions,
  after: Coordinates | undefined,
  most: number,
): Promise<Row[]> {
  // In the order of the primary key, a page costs a page; a table without statistics tempts PostgreSQL to sort it all.
  await client.query("set local enable_sort = off");
  const own = (index: number) => `$${FILTER_PARAMETERS + index}`;
  const { rows } = await client.query<Row>(
    `select topic, partition, log_number as log, "offset", reason, detail, rejected_at as "rejectedAt",
       replayed_at as "replayedAt", replay_payload is not null as "isPrepared",
       round(extract(epoch from message_timestamp) * 1000)::bigint as timestamp,
       case when not ${own(6)}::boolean and reason in ('too_large', 'not_json') then null else payload end as payload
     from rejected_events
     where ${FILTER}
       and (${own(2)}::text is null
         or (topic, partition, log_number, "offset") > (${own(2)}, ${own(3)}::integer, ${own(4)}::integer, ${own(5)}::bigint))
     order by topic, partition, log_number, "offset" limit ${own(1)}
     ${dryRun ? "" : "for update skip locked"}`,
    [
      ...filterValues(filter),
      most,
      after?.topic ?? null,
      after?.partition ?? null,
      after?.log ?? null,
      after?.offset ?? null,
      mendsAny,
    ],
  );
  return rows;
}

/** Publishes what is stored for the page's rows, and marks them. @returns how many */
async function publish(
  client: PoolClient,
  page: Row[],
  { notReplayed }: Filter,
  send: ReplayOptions["send"],
): Promise<number> {
  const { rows } = await client.query<Outgoing>(
    `select topic, partition, log_number as log, "offset", message_key, replay_payload
     from rejected_events
     where (topic, partition, log_number, "offset") in (
         select * from unnest($1::text[], $2::integer[], $3::integer[], $4::bigint[]))
       and replay_payload is not null and (not $5::boolean or replayed_at is null)
     order by topic, partition, log_number, "offset"
     for update skip locked`,
    [...coordinateColumns(page), notReplayed],
  );
  const byTopic = new Map<string, OutgoingMessage[]>();
  for (const { topic, message_key, replay_payload } of rows) {
    const messages = byTopic.get(topic) ?? [];
    messages.push({ key: message_key, value: replay_payload });
    byTopic.set(topic, messages);
  }
  for (const [topic, messages] of byTopic) await send(topic, messages);
  await client.query(
    `update rejected_events r set replayed_at = clock_timestamp()
     from unnest($1::text[], $2::integer[], $3::integer[], $4::bigint[]) as e (topic, partition, log_number, "offset")
     where r.topic = e.topic and r.partition = e.partition and r.log_number = e.log_number and r."offset" = e."offset"`,
    coordinateColumns(rows),
  );
  return rows.length;
}
