import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const PROGRAM = fileURLToPath(new URL("../../../../ingest/src/audit/main.ts", import.meta.url));
const LONGEST_MS = 120_000;

export interface AuditOutcome {
  /** Undefined when it was not done within its time. */
  exact: boolean | undefined;
  seconds: number;
  /** The checks that found differences. */
  differing: string[];
}

interface Report {
  exact: boolean;
  checks: { name: string; differences: number }[];
}

/** `npm run audit` in a process of its own: it holds every rollup against the raw engagements, all of them. */
export function runAudit(databaseUrl: string): Promise<AuditOutcome> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ["--import", TSX, PROGRAM, "--json"],
      {
        env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl },
        timeout: LONGEST_MS,
        maxBuffer: 16 << 20,
      },
      (error, stdout, stderr) => {
        const seconds = (performance.now() - startedAt) / 1_000;
        if (error?.killed) {
          resolve({ exact: undefined, seconds, differing: [] });
          return;
        }
        try {
          const { exact, checks } = JSON.parse(stdout) as Report;
          const differing = checks.filter((check) => check.differences > 0).map((check) => check.name);
          resolve({ exact, seconds, differing });
        } catch {
          const why = stderr.trim() || error?.message || "no answer";
          reject(Object.assign(new Error(`npm run audit: ${why}`), { expose: true }));
        }
      },
    );
  });
}
