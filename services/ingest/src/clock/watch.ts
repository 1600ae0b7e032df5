import { hostname } from "node:os";
import { type Check, delay, Gauge, type Logger, type Registry } from "@pulseboard/runtime";
import type { Pool } from "pg";
import type { Conditions } from "../conditions/conditions.ts";
import type { DatabaseClock } from "./databaseClock.ts";
import { inWords, middleOf, type Standing } from "./difference.ts";
import { removeReading, storeReading } from "./readings.ts";

const READ_EVERY_MS = 1_000;
const STORE_EVERY_MS = 5_000;

const HELD =
  "windows and days stay where they are until the clocks agree, or until `npm run clock -- accept` says that the database's is right";

/** Holds the database's clock against this host's once a second, and says where they are apart. */
export class ClockWatch {
  private readonly pool: Pool;
  private readonly clock: DatabaseClock;
  private readonly conditions: Conditions;
  private readonly logger: Logger;
  private readonly source = `${hostname()}:${process.pid}`.slice(-200);
  private before: Standing = "agree";
  private storedAt = Number.NEGATIVE_INFINITY;

  constructor(options: {
    pool: Pool;
    clock: DatabaseClock;
    conditions: Conditions;
    logger: Logger;
    registry: Registry;
  }) {
    const { clock } = options;
    this.pool = options.pool;
    this.clock = clock;
    this.conditions = options.conditions;
    this.logger = options.logger;
    new Gauge({
      name: "pulseboard_clock_skew_seconds",
      help: "The database's clock less that of ingest's host",
      registers: [options.registry],
      collect() {
        this.set(clock.skew / 1_000);
      },
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.clock.read();
        await this.tell();
      } catch (error) {
        this.logger.debug({ err: error }, "the database's clock is not known at this moment");
      }
      await delay(READ_EVERY_MS, signal);
    }
    if (this.before !== "agree") await removeReading(this.pool, this.source).catch(() => {}); // believed for 20 s
  }

  /** For /readyz. */
  check(): Check {
    const reading = this.clock.latest;
    if (!reading) return { ok: true, skew_ms: null };
    const { difference, standing } = reading;
    return {
      ok: standing !== "disagree",
      skew_ms: middleOf(difference),
      ...(standing !== "agree" && { detail: this.detail() }),
    };
  }

  private detail(): string {
    const { difference, standing } = this.clock.latest!;
    // Readers of the dashboard see this: it names no host.
    const words = inWords(difference, "that of ingest's host");
    if (standing === "disagree") return `${words}: ${HELD}`;
    return standing === "accepted" ? `${words}: accepted by an operator` : words;
  }

  /** To the readers of the condition, and to `npm run clock`. */
  private async tell(): Promise<void> {
    const { standing, difference } = this.clock.latest!;
    const detail = this.detail();
    if (standing === "agree") this.conditions.clear("clock");
    else this.conditions.set("clock", { detail, blocks: standing === "disagree" });
    if (standing === "disagree" && this.before === "apart")
      this.logger.warn({ detail }, "the clocks disagree now");
    const stored = this.before !== "agree";
    this.before = standing;
    if (standing === "agree") {
      if (stored) await removeReading(this.pool, this.source);
    } else if (performance.now() - this.storedAt >= STORE_EVERY_MS) {
      this.storedAt = performance.now();
      await storeReading(this.pool, this.source, difference);
    }
  }
}
