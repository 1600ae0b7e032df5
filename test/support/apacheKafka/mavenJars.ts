import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const CACHE = fileURLToPath(new URL("../../../.cache/", import.meta.url));
const DOWNLOAD_LIMIT_MS = 300_000;

/** What a pom depends on, with all that needs, kept in .cache. */
export class MavenJars {
  /** Named by the pom's content, so that other versions are downloaded anew. */
  readonly folder: string;
  private readonly pom: string;
  private readonly what: string;

  /** @param name of the folder in .cache @param what for people, with its size: "Apache Kafka's jars, 54 MB" */
  constructor(options: { pom: URL; name: string; what: string }) {
    this.pom = fileURLToPath(options.pom);
    this.what = options.what;
    const version = createHash("sha256").update(readFileSync(this.pom)).digest("hex").slice(0, 12);
    this.folder = join(CACHE, options.name, version);
  }

  get present(): boolean {
    return existsSync(this.folder);
  }

  /** Downloads them unless they are there. */
  async fetch(say: (line: string) => void): Promise<void> {
    if (this.present) return;
    say(`downloading ${this.what}, with Maven, once`);
    const cache = join(this.folder, "..");
    await mkdir(cache, { recursive: true });
    // Complete or not there at all, also when two processes download at a time.
    const partial = await mkdtemp(join(cache, "partial-"));
    try {
      await this.copyDependencies(partial);
      await rename(partial, this.folder).catch((error: NodeJS.ErrnoException) => {
        if (!this.present) throw error;
      });
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }

  private async copyDependencies(folder: string): Promise<void> {
    const args = ["-B", "-q", "-f", this.pom, "dependency:copy-dependencies", `-DoutputDirectory=${folder}`];
    try {
      await promisify(execFile)("mvn", args, { timeout: DOWNLOAD_LIMIT_MS });
    } catch (error) {
      const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
      const why = `${stdout}${stderr}`.trim().split("\n").slice(0, 3).join("\n") || message;
      throw new Error(`${this.what}, could not be downloaded: ${why}`, { cause: error });
    }
  }
}
