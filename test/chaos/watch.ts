import { setTimeout as sleep } from "node:timers/promises";
import { isTransientDatabaseError } from "../../packages/runtime/src/databaseErrors.ts";
import type { Acknowledged } from "./acknowledged.ts";
import type { Clocks } from "./clocks.ts";

const EVERY_MS = 250;
/** Events looked up at a time. */
const MOST_IDS = 2_000;
/** Between a moment of the database's clock and the same of ours, ms. */
const SLACK_MS = 100;
/** How long ago a fold may have read the clock that has been moved since, ms. */
const STEP_SLACK_MS = 15_000;

/** The parts of the world that it looks at. */
export interface Watched {
  // biome-ignore lint/suspicious/noExplicitAny: rows of whatever is asked
  query(sql: string, values?: unknown[]): Promise<any[]>;
  clocks: Pick<Clocks, "databaseOffsets">;
  publisher: { readonly acknowledged: Acknowledged };
}

interface Look {
  /** Our clock when it began, ms. */
  asked: number;
  version: number;
  /** ms since the epoch, by the database's clock. */
  asOf: number;
  now: number;
  /** Engagements in raw, and in the stats row. */
  stored: number;
  folded: number;
}

/**
 * Looks at the stats row all the time, whatever happens. The version only grows; as_of falls only with the database's
 * clock and is never ahead of it; and every event that was acknowledged before as_of is stored and folded.
 */
export class Watch {
  /** The first of each kind: what is wrong once is often wrong for a while. */
  private readonly found = new Map<string, string>();
  private readonly world: Watched;
  private readonly everyMs: number;
  private stopping = false;
  private excused = 0;
  private readonly loop: Promise<void>;
  private last: Look | undefined;
  /** When the present as_of was first seen, ms: no fold has run since, or none that moved it. */
  private asOfSince = 0;
  /** So many of the sure events were seen in raw. */
  private seen = 0;

  constructor(world: Watched, everyMs = EVERY_MS) {
    this.world = world;
    this.everyMs = everyMs;
    this.loop = this.run();
  }

  takeDeviations(): string[] {
    const deviations = [...this.found.values()];
    this.found.clear();
    return deviations;
  }

  /** What is published before the end of `body` and not stored by then may be lost: a log is. */
  async losing<T>(body: () => Promise<T>): Promise<T> {
    this.excused += 1;
    try {
      return await body();
    } finally {
      this.seen = this.world.publisher.acknowledged.sureUntil(Date.now());
      this.excused -= 1;
    }
  }

  /** One that has seen nothing is a deviation too. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.loop;
    if (!this.last) this.note("never seen", "the stats row was never seen");
  }

  private note(kind: string, deviation: string): void {
    if (!this.found.has(kind)) this.found.set(kind, deviation);
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.look();
      } catch (error) {
        // The database is away now and then: that is what it is looked at for afterwards.
        if (!isTransientDatabaseError(error))
          this.note("unreadable", `the stats row cannot be read: ${(error as Error).message}`);
      }
      await sleep(this.everyMs);
    }
  }

  private async look(): Promise<void> {
    const asked = Date.now();
    const [row] = await this.world.query(
      `select version::float8, extract(epoch from as_of)::float8 * 1000 as "asOf",
              extract(epoch from clock_timestamp())::float8 * 1000 as now,
              (views + likes + comments + shares)::float8 as folded,
              (select coalesce(sum(stored), 0)::float8
               from (select stored from ingest_offsets union all select stored from ingest_closed_logs) logs) as stored
       from stats`,
    );
    if (!row) throw new Error("there is none");
    const look: Look = { ...row, asked };
    this.compare(look);
    this.last = look;
    await this.holdAsOf(look);
  }

  private compare(look: Look): void {
    const last = this.last ?? look;
    if (look.asOf !== this.last?.asOf) this.asOfSince = last.asked;
    const offsets = this.world.clocks.databaseOffsets(this.asOfSince);
    if (look.version < last.version)
      this.note("version", `the version fell from ${last.version} to ${look.version}`);
    // It says the same by the clock of now: it falls by as much as that was set back.
    const floor = offsets.moved ? last.asOf - (offsets.most - offsets.least) - STEP_SLACK_MS : last.asOf;
    if (look.asOf < floor) this.note("fell", `as_of fell by ${(last.asOf - look.asOf) / 1000} s`);
    if (look.asOf > look.now && !offsets.moved)
      this.note("ahead", `as_of was ${(look.asOf - look.now) / 1000} s ahead of the database's clock`);
  }

  /** Every event that was acknowledged before as_of is in raw, and none of them waits for its fold. */
  private async holdAsOf({ asOf, stored, folded }: Look): Promise<void> {
    if (this.excused > 0) return;
    const { clocks, publisher } = this.world;
    const { acknowledged } = publisher;
    const claim = asOf - clocks.databaseOffsets(this.asOfSince).most - SLACK_MS;
    const later = acknowledged.begun - acknowledged.messagesUntil(claim);
    if (stored - folded > later)
      this.note(
        "unfolded",
        `as_of says ${new Date(claim).toISOString()}: ${stored - folded} events wait for their fold, ${later} messages are later`,
      );
    const to = Math.min(acknowledged.sureUntil(claim), this.seen + MOST_IDS);
    if (to <= this.seen) return;
    const events = acknowledged.sureBetween(this.seen, to);
    const rows = await this.world.query(
      "select event_id::text as id from engagements where event_id = any($1::uuid[])",
      [events.map(({ id }) => id)],
    );
    const stands = new Set(rows.map(({ id }) => id));
    const missing = events.filter(({ id }) => !stands.has(id));
    if (missing.length > 0 && this.excused === 0)
      this.note(
        "not stored",
        `as_of says ${new Date(claim).toISOString()}: ${missing.length} events acknowledged before are not stored, such as ${missing[0]!.id} of ${new Date(missing[0]!.at).toISOString()}`,
      );
    if (this.excused === 0) this.seen = to;
  }
}
