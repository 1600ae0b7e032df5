import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "./atomicFile.ts";
import { TaskQueue } from "./taskQueue.ts";

const BLOCK = 1_000;

/** Hands out producer ids. A block is reserved on disk before its first id goes out, so none comes twice. */
export class ProducerIds {
  readonly #path: string;
  readonly #tasks = new TaskQueue();
  #next: number;
  #reservedUpTo: number;

  private constructor(path: string, next: number) {
    this.#path = path;
    this.#next = next;
    this.#reservedUpTo = next;
  }

  /** `highestSeen` guards against a lost file: ids found in the logs are not given again. */
  static async open(folder: string, highestSeen: number): Promise<ProducerIds> {
    const path = join(folder, "producer-ids.json");
    return new ProducerIds(path, Math.max(await readReserved(path), highestSeen + 1));
  }

  next(): Promise<number> {
    return this.#tasks.run(async () => {
      if (this.#next === this.#reservedUpTo) {
        const upTo = this.#reservedUpTo + BLOCK;
        await writeFileAtomically(this.#path, JSON.stringify({ reservedUpTo: upTo }));
        this.#reservedUpTo = upTo;
      }
      return this.#next++;
    });
  }
}

async function readReserved(path: string): Promise<number> {
  try {
    return (JSON.parse(await readFile(path, "utf8")) as { reservedUpTo: number }).reservedUpTo;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw new Error(`${path}: ${(error as Error).message}`);
  }
}
