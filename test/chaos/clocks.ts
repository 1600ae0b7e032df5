import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** An offset that was in force from `at` (ms of the harness' clock) on. */
interface Step {
  at: number;
  ms: number;
}

/** How long before a value is seen the system may have read the clock for it, ms. */
const GRACE_MS = 20_000;

/**
 * The clocks of the system, as offsets from the harness' own, in ms: the database's, the hosts' on which ingest runs,
 * and the producers'. They are moved while the system runs.
 */
export class Clocks {
  /** The file that the database's clock follows, for libfaketime: seconds. */
  readonly databaseFile: string;
  /** The file that the clocks of all hosts follow, for skewedClock.mjs: ms. */
  readonly hostsFile: string;
  /** Of the producers: what they write into events and messages. */
  producers = 0;
  private hosts = 0;
  private readonly databaseSteps: Step[] = [{ at: 0, ms: 0 }];

  private constructor(folder: string) {
    this.databaseFile = join(folder, "database");
    this.hostsFile = join(folder, "hosts");
  }

  static async open(folder: string): Promise<Clocks> {
    await mkdir(folder);
    const clocks = new Clocks(folder);
    await clocks.move({ database: 0, hosts: 0 });
    return clocks;
  }

  /** Moves those that are named to so many ms ahead of the harness' clock; negative is behind. */
  async move(to: { database?: number; hosts?: number; producers?: number }): Promise<void> {
    if (to.database !== undefined) {
      this.databaseSteps.push({ at: Date.now(), ms: to.database });
      await put(this.databaseFile, `${to.database < 0 ? "" : "+"}${(to.database / 1000).toFixed(3)}\n`);
    }
    if (to.hosts !== undefined) {
      this.hosts = to.hosts;
      await put(this.hostsFile, `${to.hosts}\n`);
    }
    this.producers = to.producers ?? this.producers;
  }

  /** All of one machine, with everything on it. */
  moveAll(ms: number): Promise<void> {
    return this.move({ database: ms, hosts: ms, producers: ms });
  }

  get database(): number {
    return this.databaseSteps.at(-1)!.ms;
  }

  /** How far the database's clock is from the hosts'. */
  get disagreement(): number {
    return Math.abs(this.database - this.hosts);
  }

  /** The producers' time, ms. */
  now(): number {
    return Date.now() + this.producers;
  }

  /** What the database's clock may have been off by when it wrote what was first seen at `since`, and ever since. */
  databaseOffsets(since: number): { least: number; most: number; moved: boolean } {
    const first = this.databaseSteps.findLastIndex((step) => step.at <= since - GRACE_MS);
    const inForce = this.databaseSteps.slice(Math.max(0, first)).map(({ ms }) => ms);
    return {
      least: Math.min(...inForce),
      most: Math.max(...inForce),
      moved: new Set(inForce).size > 1,
    };
  }
}

/** Complete or as it was: a reader never sees half of it. */
async function put(file: string, text: string): Promise<void> {
  await writeFile(`${file}.next`, text);
  await rename(`${file}.next`, file);
}
