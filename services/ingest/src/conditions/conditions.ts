import { hostname } from "node:os";
import type { ConditionName } from "@pulseboard/contract";
import { type Check, delay, type Logger, type Registry } from "@pulseboard/runtime";
import type { Pool } from "pg";
import { registerConditionMetric } from "./metric.ts";
import { storeConditions } from "./store.ts";

export interface Raised {
  detail: string;
  /** Whether the system is not ready because of it. */
  blocks: boolean;
}

interface Held extends Raised {
  /** performance.now() when it was raised. */
  since: number;
}

export interface ConditionsOptions {
  logger: Logger;
  registry: Registry;
  /** Names this process in the table; host:pid. */
  source?: string;
  /** Rows are written again after so long, which has to be well below the 20 s for which readers believe them. */
  renewMs?: number;
}

const RENEW_MS = 5_000;
const RETRY_MS = 1_000;
const LONGEST_DETAIL = 300;

/** One line without control characters, bounded. */
const bounded = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Cs}\s]+/gu, " ")
    .trim()
    .slice(0, LONGEST_DETAIL);

/**
 * What is wrong now, as this process sees it. Whoever finds that a condition holds calls set(), as often as he likes,
 * and clear() when it holds no longer; nobody waits for the database. run() writes the table `conditions` on every
 * change and renews it, for the API to read. A write that fails stops nothing: it is tried again and logged once.
 */
export class Conditions {
  private readonly held = new Map<ConditionName, Held>();
  private readonly source: string;
  private readonly logger: Logger;
  private readonly renewMs: number;
  private wake = () => {};
  private changed = true;

  constructor({ logger, registry, source, renewMs }: ConditionsOptions) {
    this.logger = logger;
    this.source = (source ?? `${hostname()}:${process.pid}`).slice(-200);
    this.renewMs = renewMs ?? RENEW_MS;
    registerConditionMetric(registry, (name) => this.held.has(name));
  }

  set(condition: ConditionName, { detail, blocks }: Raised): void {
    const before = this.held.get(condition);
    const text = bounded(detail);
    if (before?.detail === text && before.blocks === blocks) return;
    this.held.set(condition, { detail: text, blocks, since: before?.since ?? performance.now() });
    if (!before) this.logger.warn({ condition, detail: text, blocks }, "a condition has begun");
    this.note();
  }

  clear(condition: ConditionName): void {
    if (!this.held.delete(condition)) return;
    this.logger.info({ condition }, "a condition has ended");
    this.note();
  }

  /** For /readyz: each condition that holds, by name. */
  checks(): Record<string, Check> {
    return Object.fromEntries(
      [...this.held].map(([condition, { detail, blocks, since }]) => [
        condition,
        { ok: !blocks, detail, seconds: Math.round((performance.now() - since) / 1_000) },
      ]),
    );
  }

  /** Keeps the table up to date until the signal is aborted; then this process's rows are removed. */
  async run(pool: Pool, signal: AbortSignal): Promise<void> {
    let failed = false;
    while (!signal.aborted) {
      const turn = new AbortController();
      this.wake = () => turn.abort();
      signal.addEventListener("abort", this.wake, { once: true });
      if (this.changed || this.held.size > 0) {
        this.changed = false;
        try {
          await this.write(pool);
          failed = false;
        } catch (error) {
          this.changed = true;
          if (!failed) this.logger.warn({ err: error }, "conditions cannot be written; it is tried again");
          failed = true;
        }
      }
      // After a fault a change waits too, so that nothing is tried in a loop.
      if (failed) await delay(RETRY_MS, signal);
      else if (!this.changed) await delay(this.renewMs, turn.signal);
      signal.removeEventListener("abort", this.wake);
    }
    this.held.clear();
    await this.write(pool).catch(() => {}); // readers stop believing the rows by themselves
  }

  private write(pool: Pool): Promise<void> {
    const now = performance.now();
    const rows = [...this.held].map(([condition, { detail, blocks, since }]) => ({
      ...{ condition, detail, blocks },
      ageMs: Math.round(now - since),
    }));
    return storeConditions(pool, this.source, rows);
  }

  private note(): void {
    this.changed = true;
    this.wake();
  }
}
