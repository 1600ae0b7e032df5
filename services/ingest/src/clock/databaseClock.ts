import type { Pool } from "pg";
import { type Difference, differenceOf, middleOf, type Standing, standingOf } from "./difference.ts";
import { StepsBack } from "./stepsBack.ts";

const READ = `
  select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms,
         (select difference_ms from accepted_clock_difference) as accepted`;

export interface ClockReading {
  difference: Difference;
  standing: Standing;
}

/** The database's clock as this process knows it, beside that of this host. */
export class DatabaseClock {
  /** Resolves when the database has answered once. */
  readonly known: Promise<void>;
  /** The last reading; undefined until then. */
  latest: ClockReading | undefined;
  private noteKnown = (): void => {};
  /** How far the database's clock has been set back lately. */
  readonly stepsBack = new StepsBack();
  private readonly pool: Pool;
  private readonly hostNow: () => number;
  /** The database's clock, ms, when performance.now() was `at`. */
  private last: { ms: number; at: number } | undefined;

  /** @param hostNow this host's clock, ms */
  constructor(pool: Pool, hostNow: () => number = Date.now) {
    this.pool = pool;
    this.hostNow = hostNow;
    this.known = new Promise((resolve) => {
      this.noteKnown = resolve;
    });
  }

  /** Asks the database. @returns its clock when it answered, ms: too low by as long as the answer took to arrive */
  async read(): Promise<number> {
    const sentAt = this.hostNow();
    const askedAt = performance.now();
    const { rows } = await this.pool.query<{ ms: number; accepted: number | null }>(READ);
    const { ms, accepted } = rows[0]!;
    const difference = differenceOf(sentAt, ms, this.hostNow());
    this.latest = { difference, standing: standingOf(difference, accepted) };
    this.noteKnown();
    const answeredAt = performance.now();
    this.stepsBack.note({ ms, askedAt, answeredAt });
    this.last = { ms, at: answeredAt };
    return ms;
  }

  /** The database's clock less this host's, ms, as last read; 0 until then. */
  get skew(): number {
    return this.latest ? middleOf(this.latest.difference) : 0;
  }

  /**
   * The later of the database's clock and this host's, ms. The database's runs on from its last reading by the steady
   * clock, so that a host that is set back in between changes nothing.
   */
  later(): number {
    return Math.max(Math.floor(this.hostNow()), this.at(performance.now()) ?? Number.NEGATIVE_INFINITY);
  }

  /**
   * The database's clock when performance.now() was `at`, ms; undefined until it was read. Never too high, as long as it
   * was not set back since its last reading.
   */
  at(at: number): number | undefined {
    return this.last && Math.floor(this.last.ms + at - this.last.at);
  }
}
