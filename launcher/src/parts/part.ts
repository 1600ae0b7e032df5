import { delay } from "@pulseboard/runtime";
import type { Output } from "../output/output.ts";

export interface Ending {
  /** Null when a signal ended it. */
  status: number | null;
  /** For people: "ended with status 1", "was ended by SIGKILL". */
  how: string;
  /** It refused its settings: another start would end the same way. */
  isRefusal?: boolean;
}

/** One life of a part. */
export interface Instance<Facts> {
  /** What others need to know of it, once it works; never settles when it ends before. */
  ready: Promise<Facts>;
  ended: Promise<Ending>;
  /** Its last words, for when it never became ready. */
  lastLines(): string[];
  stop(): void;
  kill(): void;
}

/** A part that cannot start, or a task that cannot be done; the launcher says so. */
export class CannotStart extends Error {
  readonly expose = true;
}

const HEALTHY_MS = 30_000;
const FIRST_BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 5_000;
const ATTEMPTS = 3;

/**
 * Keeps one part running.
 *
 * idle -> starting -> ready -> (ends) -> waiting -> starting ...; stopping from any of them, then stopped.
 * It is started again with what it said when it was ready before, so that it takes the same ports. One whose first
 * attempts all end with an error cannot start, and a task that ends with so many cannot be done; any other is started
 * again for as long as it takes, unless it refuses its settings.
 */
export class Part<Facts> {
  readonly name: string;
  readonly #start: (before: Facts | undefined) => Instance<Facts>;
  readonly #output: Output;
  readonly #task: boolean;
  readonly #attempts: number;
  readonly #stopping = new AbortController();
  #instance: Instance<Facts> | undefined;
  #supervision: Promise<void> | undefined;

  /**
   * @param options.task ends with status 0 by itself when its work is done
   * @param options.attempts that end with an error until it is given up, 3 by default
   */
  constructor(
    name: string,
    output: Output,
    start: (before: Facts | undefined) => Instance<Facts>,
    options: { task?: boolean; attempts?: number } = {},
  ) {
    this.name = name;
    this.#output = output;
    this.#start = start;
    this.#task = options.task ?? false;
    this.#attempts = options.attempts ?? ATTEMPTS;
  }

  /** Starts it and keeps it running. @throws CannotStart */
  up(): Promise<Facts> {
    return new Promise((resolve, reject) => {
      this.#supervision = this.#supervise(resolve);
      this.#supervision.catch(reject);
    });
  }

  async #supervise(firstReady: (facts: Facts) => void): Promise<void> {
    let facts: Facts | undefined;
    let wasReady = false;
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      const instance = this.#start(facts);
      this.#instance = instance;
      const outcome = await Promise.race([instance.ready.then((known) => ({ known })), instance.ended]);
      let readyAt = 0;
      if ("known" in outcome) {
        readyAt = performance.now();
        if (wasReady && !this.#task) this.#output.say(this.name, "is back");
        wasReady = true;
        facts = outcome.known;
        firstReady(facts);
      }
      const { status, how, isRefusal } = await instance.ended;
      this.#instance = undefined;
      if (this.#stopping.signal.aborted) return;
      if (this.#task && status === 0) return;
      // A task that has run for long has not done its work either.
      const wasHealthy = !this.#task && readyAt > 0 && performance.now() - readyAt > HEALTHY_MS;
      failures = wasHealthy ? 1 : failures + 1;
      const isExpected = this.#task || !wasReady;
      if (isRefusal || (isExpected && status && failures >= this.#attempts)) {
        const cannot = this.#task ? "cannot be done" : "cannot start";
        const line = [`${this.name} ${cannot}, it ${how}`, ...instance.lastLines().slice(-1)].join(": ");
        if (isExpected) throw new CannotStart(line);
        this.#output.say("pulseboard", `${line}; it is not started again`, "error");
        return;
      }
      const waitMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
      this.#output.say(this.name, `${how}; starting it again in ${waitMs / 1000} s`, "warn");
      await delay(waitMs, this.#stopping.signal);
    }
  }

  /** Resolves when a task is done, or the part was stopped. @throws CannotStart when the task has failed for good */
  async done(): Promise<void> {
    await this.#supervision;
  }

  /** Stops it for good: asked first, then after `limitMs` the hard way. */
  async down(limitMs: number): Promise<void> {
    this.#stopping.abort();
    const instance = this.#instance;
    if (!instance) return;
    instance.stop();
    const limit = new AbortController();
    const late = delay(limitMs, limit.signal).then(() => "late" as const);
    if ((await Promise.race([instance.ended, late])) === "late") {
      this.#output.say(this.name, `did not stop within ${limitMs / 1000} s and was killed`, "warn");
      instance.kill();
      await instance.ended;
    }
    limit.abort();
  }

  /** At once. */
  kill(): void {
    this.#stopping.abort();
    this.#instance?.kill();
  }
}
