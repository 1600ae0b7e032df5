import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { delay } from "@pulseboard/runtime";
import { type Identity, identify, isAlive } from "./identity.ts";

/** Every part of ours leads a process group of its own. */
export function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The processes this launcher started, in a file, so that the next one can end those that outlived it. */
export class Ledger {
  readonly #file: string;
  readonly #entries = new Map<number, Identity>();
  #written: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#file = join(folder, "processes.json");
  }

  add(pid: number): void {
    const identity = identify(pid);
    if (!identity) return;
    this.#entries.set(pid, identity);
    this.#write();
  }

  remove(pid: number): void {
    if (this.#entries.delete(pid)) this.#write();
  }

  async close(): Promise<void> {
    await this.#written;
    await rm(this.#file, { force: true });
  }

  #write(): void {
    const text = JSON.stringify([...this.#entries.values()]);
    this.#written = this.#written
      .then(() => writeFile(`${this.#file}.new`, text))
      .then(() => rename(`${this.#file}.new`, this.#file))
      // Without it a crash of the launcher leaves the parts to notice by themselves, which they do.
      .catch(() => {});
  }

  /**
   * Ends what a former launcher left behind: asked first, then the hard way. Nothing that is not exactly a process
   * it had started.
   * @returns how many there were
   */
  async endOrphans(patienceMs = 6_000): Promise<number> {
    const entries = await readFile(this.#file, "utf8")
      .then((text) => JSON.parse(text) as Identity[])
      .catch(() => []);
    const orphans = entries.filter(isAlive);
    for (const { pid } of orphans) signalGroup(pid, "SIGTERM");
    const until = performance.now() + patienceMs;
    while (orphans.some(isAlive) && performance.now() < until) await delay(25);
    for (const orphan of orphans) if (isAlive(orphan)) signalGroup(orphan.pid, "SIGKILL");
    return orphans.length;
  }
}
