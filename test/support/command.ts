import { execFile } from "node:child_process";
import { programArguments, ROOT } from "./programs.ts";

export interface CommandOutcome {
  status: number;
  stdout: string;
  stderr: string;
}

/** One that takes longer waits for ever: a load test waits for answers, the drain and the audit, up to 215 s. */
const TIMEOUT_MS = 280_000;

/** Runs a program of ours to its end, with nothing in its environment but `env`. */
export const runToEnd = (
  entry: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<CommandOutcome> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [...programArguments(entry), ...args],
      {
        cwd: ROOT,
        env: { PULSEBOARD_DATA: "/nonexistent", ...env },
        maxBuffer: 64 << 20,
        timeout: TIMEOUT_MS,
        killSignal: "SIGKILL",
      },
      (error, stdout, stderr) => resolve({ status: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
  });
