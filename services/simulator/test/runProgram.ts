import { execFile } from "node:child_process";
import { programArguments, ROOT } from "../../../test/support/programs.ts";

export const SIMULATE = "services/simulator/src/main.ts";
export const SEED = "services/simulator/src/seed/main.ts";

export interface Outcome {
  status: number;
  stdout: string;
  /** Not empty lines only. */
  errors: string[];
}

/** Runs a command of ours to its end. */
export const runProgram = (
  entry: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [...programArguments(entry), ...args],
      {
        cwd: ROOT,
        env: { LOG_LEVEL: "warn", PULSEBOARD_DATA: "/nonexistent", ...env },
      },
      (error, stdout, stderr) =>
        resolve({
          status: error ? Number(error.code ?? 1) : 0,
          stdout,
          errors: stderr.split("\n").filter(Boolean),
        }),
    );
  });
