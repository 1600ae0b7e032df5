import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "./env.ts";

/** What `npm start` tells the other commands about the system it runs, in `<data folder>/running.json`. */
export interface Running {
  /** Of the launcher. */
  pid: number;
  databaseUrl: string;
  kafkaBrokers: string[];
  /** Of the API and dashboard, http://host:port. */
  url: string;
}

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The data folder of the embedded backends, absolute: PULSEBOARD_DATA, relative to the project's root. */
export const dataFolder = (configured = ".pulseboard"): string => resolve(ROOT, configured);

const file = (folder: string) => join(folder, "running.json");

/** Written whole or not at all; readable by its owner only, since it holds the database's password. */
export async function writeRunning(folder: string, running: Running): Promise<void> {
  const temporary = `${file(folder)}.${process.pid}`;
  await writeFile(temporary, JSON.stringify(running), { mode: 0o600 });
  await rename(temporary, file(folder));
}

export const removeRunning = (folder: string): Promise<void> => rm(file(folder), { force: true });

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/** The system that runs from this data folder, or undefined when none does. */
export async function readRunning(folder: string): Promise<Running | undefined> {
  let text: string;
  try {
    text = await readFile(file(folder), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const running = JSON.parse(text) as Running;
  return alive(running.pid) ? running : undefined;
}

/** The system that runs here, with the key by which its owner's programs may post events; undefined without one. */
export async function runningSystem(
  env: Record<string, string | undefined> = process.env,
): Promise<(Running & { writeKey: string | undefined }) | undefined> {
  const folder = dataFolder(env.PULSEBOARD_DATA || undefined);
  const running = await readRunning(folder);
  if (!running) return undefined;
  const writeKey = await readFile(join(folder, "write-key"), "utf8").catch(() => undefined);
  return { ...running, writeKey: writeKey?.trim() };
}

/**
 * DATABASE_URL and KAFKA_BROKERS for a command that works on a running system: the environment's where it names
 * them, else those of the `npm start` that runs from the data folder, else an error that says how to get either.
 */
export async function backendEnv(
  names: readonly ("DATABASE_URL" | "KAFKA_BROKERS")[],
  env: Record<string, string | undefined> = process.env,
): Promise<Record<string, string | undefined>> {
  const missing = names.filter((name) => !env[name]);
  if (!missing.length) return env;
  const running = await readRunning(dataFolder(env.PULSEBOARD_DATA || undefined));
  if (!running) throw new ConfigError(`${missing.join(", ")}: not set, and no \`npm start\` is running here`);
  return {
    ...env,
    DATABASE_URL: env.DATABASE_URL || running.databaseUrl,
    KAFKA_BROKERS: env.KAFKA_BROKERS || running.kafkaBrokers.join(","),
  };
}
