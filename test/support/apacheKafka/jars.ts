import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const POM = fileURLToPath(new URL("pom.xml", import.meta.url));
const CACHE = fileURLToPath(new URL("../../../.cache/apache-kafka/", import.meta.url));
const DOWNLOAD_LIMIT_MS = 300_000;

/** Named by the pom's content, so that another version of Kafka is downloaded anew. */
export const JARS = join(CACHE, createHash("sha256").update(readFileSync(POM)).digest("hex").slice(0, 12));

export const haveJars = (): boolean => existsSync(JARS);

/** Downloads the jars (54 MB) unless they are there. */
export async function fetchJars(say: (line: string) => void): Promise<void> {
  if (haveJars()) return;
  say("downloading Apache Kafka's jars with Maven, 54 MB, once");
  await mkdir(CACHE, { recursive: true });
  // Complete or not there at all, also when two processes download at a time.
  const partial = await mkdtemp(join(CACHE, "partial-"));
  try {
    await copyDependencies(partial);
    await rename(partial, JARS).catch((error: NodeJS.ErrnoException) => {
      if (!haveJars()) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function copyDependencies(folder: string): Promise<void> {
  const args = ["-B", "-q", "-f", POM, "dependency:copy-dependencies", `-DoutputDirectory=${folder}`];
  try {
    await promisify(execFile)("mvn", args, { timeout: DOWNLOAD_LIMIT_MS });
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
    const why = `${stdout}${stderr}`.trim().split("\n").slice(0, 3).join("\n") || message;
    throw new Error(`Apache Kafka's jars could not be downloaded: ${why}`, { cause: error });
  }
}
