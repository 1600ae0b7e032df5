import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { programArguments } from "@pulseboard/runtime";
import { INTERRUPTED, reasonOf } from "./notDone.ts";

const PROGRAM = fileURLToPath(new URL("../../../../ingest/src/audit/main.ts", import.meta.url));
const LONGEST_MS = 120_000;
const MOST_TEXT = 16 << 20;

export interface AuditOutcome {
  /** Undefined when it was not done. */
  exact: boolean | undefined;
  /** Why it was not done. */
  why?: string;
  seconds: number;
  /** The checks that found differences. */
  differing: string[];
}

interface Report {
  exact: boolean;
  checks: { name: string; differences: number }[];
}

/** All of it is read, so that the writer can go on; what is over the limit is left out. */
async function textOf(stream: Readable): Promise<string> {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) if (text.length < MOST_TEXT) text += chunk;
  return text;
}

/**
 * Runs `npm run audit` in a child process. The audit compares every rollup with the raw engagements.
 * @param signal ends it
 * @param program another one, for tests
 */
export async function runAudit(
  databaseUrl: string,
  signal: AbortSignal,
  program = PROGRAM,
): Promise<AuditOutcome> {
  const startedAt = performance.now();
  const took = () => (performance.now() - startedAt) / 1_000;
  const notDone = (why: string): AuditOutcome => ({ exact: undefined, why, seconds: took(), differing: [] });
  if (signal.aborted) return notDone(INTERRUPTED);

  const child = spawn(process.execPath, [...programArguments(program), "--json"], {
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl },
    stdio: ["ignore", "pipe", "pipe"],
    // A terminal's Ctrl-C reaches a whole group of processes, and says here when the audit ends.
    detached: true,
  });
  let isLate = false;
  const kill = () => void child.kill("SIGKILL");
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, LONGEST_MS);
  signal.addEventListener("abort", kill);
  process.on("exit", kill);
  try {
    const [stdout, stderr, [status, endedBy]] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      once(child, "close"),
    ]);
    if (isLate) return notDone(`it takes longer than ${LONGEST_MS / 1_000} s`);
    if (signal.aborted) return notDone(INTERRUPTED);
    if (endedBy) return notDone(`ended by ${endedBy}`);
    if (!stdout) return notDone(stderr.trim() || `status ${status}`);
    const { exact, checks } = JSON.parse(stdout) as Report;
    const differing = checks.filter((check) => check.differences > 0).map((check) => check.name);
    return { exact, seconds: took(), differing };
  } catch (error) {
    return notDone(reasonOf(error));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
    process.off("exit", kill);
  }
}
