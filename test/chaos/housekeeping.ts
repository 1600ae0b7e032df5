import { setTimeout as sleep } from "node:timers/promises";
import { isTransientDatabaseError } from "../../packages/runtime/src/databaseErrors.ts";
import { createLogger } from "../../packages/runtime/src/log.ts";
import { erase } from "../../services/ingest/src/erase/erase.ts";
import { maintain, type Retention } from "../../services/ingest/src/life/maintain.ts";
import { until } from "../support/until.ts";
import type { Random } from "./random.ts";
import { USERS } from "./traffic.ts";

const EVERY_MS = 2_000;
/** One turn of upkeep in so many erases a user. */
const ERASE_EVERY = 4;
const LONGEST_MS = 120_000;

/** Of months that are kept, by steps: every step lets some expire. Traffic's events of now are younger than the last. */
const MONTHS = [264, 200, 130, 60, 36, 24, 18, 12, 9, 7, 5, 4, 3, 2];

/** Retention and erasure, which run all the time beside those of ingest itself. */
export class Housekeeping {
  /** Users that were erased, or are about to be. */
  readonly erased = new Set<number>();
  private step = 0;
  private unfinished: number | undefined;
  private readonly failures = new Set<string>();
  private readonly databaseUrl: string;
  private readonly random: Random;
  private readonly signal: AbortController = new AbortController();
  private loop: Promise<void> | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private turns = 0;

  constructor(databaseUrl: string, random: Random) {
    this.databaseUrl = databaseUrl;
    this.random = random;
  }

  /** What is kept now. */
  get retention(): Retention & { months: number } {
    return { months: MONTHS[this.step]!, detailMonths: 13, rejectedDays: 1 };
  }

  /** For an ingest process that starts now. */
  get env(): Record<string, string> {
    const { months, detailMonths, rejectedDays } = this.retention;
    return {
      RETENTION_MONTHS: String(months),
      RETENTION_DETAIL_MONTHS: String(detailMonths),
      RETENTION_REJECTED_DAYS: String(rejectedDays),
    };
  }

  /** From the next turn on fewer months are kept; undefined at the last step. */
  tighten(): { from: number; to: number } | undefined {
    const from = MONTHS[this.step]!;
    if (this.step === MONTHS.length - 1) return undefined;
    this.step += 1;
    return { from, to: MONTHS[this.step]! };
  }

  start(): void {
    this.loop = (async () => {
      while (!this.signal.signal.aborted) {
        await this.inTurn(() => this.next()).catch((error) => this.note(error));
        await sleep(EVERY_MS, undefined, { signal: this.signal.signal }).catch(() => {});
      }
    })();
  }

  async stop(): Promise<void> {
    this.signal.abort();
    await this.loop;
  }

  /** Does all that has become due, then nothing while `body` runs. */
  finished<T>(body: () => Promise<T>): Promise<T> {
    return this.inTurn(async () => {
      const done = async () => {
        await this.finishErasure();
        return this.maintain();
      };
      await until(done, { what: "a turn of upkeep to go through", timeoutMs: LONGEST_MS, everyMs: 200 });
      return body();
    });
  }

  takeFailures(): string[] {
    const failures = [...this.failures];
    this.failures.clear();
    return failures;
  }

  private async next(): Promise<void> {
    await this.finishErasure();
    await this.maintain();
    this.turns += 1;
    if (this.turns % ERASE_EVERY !== 0) return;
    this.unfinished = this.random.integer(1, USERS);
    this.erased.add(this.unfinished);
    await this.finishErasure();
  }

  private async finishErasure(): Promise<void> {
    if (this.unfinished === undefined) return;
    await erase(this.databaseUrl, this.unfinished);
    this.unfinished = undefined;
  }

  private maintain(): Promise<boolean> {
    return maintain(this.databaseUrl, this.retention, {
      logger: createLogger("upkeep", "silent"),
      signal: this.signal.signal,
    });
  }

  /** One at a time: two users at once would be one more than is remembered as unfinished. */
  private inTurn<T>(body: () => Promise<T>): Promise<T> {
    const result = this.turn.catch(() => {}).then(body);
    this.turn = result;
    return result;
  }

  private note(error: Error & { code?: string }): void {
    // A lock that a frozen process holds is given up soon, and tried for again.
    if (isTransientDatabaseError(error) || error.code === "55P03") return;
    this.failures.add(`upkeep or erasure failed: ${error.message}`);
  }
}
