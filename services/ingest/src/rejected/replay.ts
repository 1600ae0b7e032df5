import { transaction } from "@pulseboard/runtime";
import type { Pool, PoolClient } from "pg";
import { amend, type Kept } from "./amend.ts";
import { type Coordinates, coordinateColumns } from "./coordinates.ts";
import { FILTER, FILTER_PARAMETERS, type Filter, filterValues } from "./filter.ts";

/** Rows in memory at a time: 32 MiB when each is as large as an event can be. */
const PAGE = 500;

export interface OutgoingMessage {
  key: Buffer | null;
  value: Buffer;
}

/** What has become of the events so far. */
export interface Tally {
  published: number;
  /** Events left alone, by why. */
  skipped: Map<string, number>;
}

export interface ReplayOptions {
  filter: Filter;
  /** Events read at most. */
  limit: number;
  dryRun: boolean;
  /** Resolves once Kafka has acknowledged them, in order. */
  send: (topic: string, messages: OutgoingMessage[]) => Promise<void>;
  /** Kept up to date page by page. */
  tally: Tally;
}

type Row = Kept & { message_key: Buffer | null };

/**
 * Publishes rejected events again, in the order of their offsets, page by page. A page's rows are locked while it is
 * published and marked as replayed in the same transaction: two replays share the work, and one that is killed in
 * between leaves the page to the next, whose repeats have the same ids and times and so count as duplicates.
 */
export async function replay(pool: Pool, options: ReplayOptions): Promise<void> {
  const { filter, limit, dryRun } = options;
  const until = await replayEnd(pool, filter.until);
  let after: Coordinates | undefined;
  for (let left = limit; left > 0; ) {
    const most = Math.min(PAGE, left);
    const { rows, outcome } = await transaction(pool, async (client) => {
      const page = await readPage(client, { ...filter, until }, after, most, dryRun);
      return { rows: page, outcome: await publish(client, page, options) };
    });
    add(options.tally, outcome);
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

async function readPage(
  client: PoolClient,
  filter: Filter,
  after: Coordinates | undefined,
  most: number,
  dryRun: boolean,
): Promise<Row[]> {
  // In the order of the primary key, a page costs a page; a table without statistics tempts PostgreSQL to sort it all.
  await client.query("set local enable_sort = off");
  const own = (index: number) => `$${FILTER_PARAMETERS + index}`;
  const { rows } = await client.query<Row>(
    `select topic, partition, log_number as log, "offset", reason, message_key,
       round(extract(epoch from message_timestamp) * 1000)::bigint as timestamp,
       case when reason in ('too_large', 'not_json') then null else payload end as payload
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
    ],
  );
  return rows;
}

interface PageOutcome {
  sent: Row[];
  /** Why, for each event left alone. */
  skipped: string[];
}

function add(tally: Tally, { sent, skipped }: PageOutcome): void {
  tally.published += sent.length;
  for (const why of skipped) tally.skipped.set(why, (tally.skipped.get(why) ?? 0) + 1);
}

async function publish(
  client: PoolClient,
  page: Row[],
  { send, dryRun }: ReplayOptions,
): Promise<PageOutcome> {
  const byTopic = new Map<string, OutgoingMessage[]>();
  const sent: Row[] = [];
  const skipped: string[] = [];
  for (const row of page) {
    const amended = amend(row);
    if ("skip" in amended) {
      skipped.push(amended.skip);
      continue;
    }
    const messages = byTopic.get(row.topic) ?? [];
    messages.push({ key: row.message_key, value: amended.value });
    byTopic.set(row.topic, messages);
    sent.push(row);
  }
  if (!dryRun) {
    for (const [topic, messages] of byTopic) await send(topic, messages);
    await markReplayed(client, sent);
  }
  return { sent, skipped };
}

async function markReplayed(client: PoolClient, events: Coordinates[]): Promise<void> {
  await client.query(
    `update rejected_events r set replayed_at = clock_timestamp()
     from unnest($1::text[], $2::integer[], $3::integer[], $4::bigint[]) as e (topic, partition, log_number, "offset")
     where r.topic = e.topic and r.partition = e.partition and r.log_number = e.log_number and r."offset" = e."offset"`,
    coordinateColumns(events),
  );
}
