import { execFile, spawnSync } from "node:child_process";

export const hasKcat = spawnSync("kcat", ["-V"]).status === 0;
if (!hasKcat) console.info("kcat is not installed: its tests are left out");

/** Runs kcat to its end; returns what it printed. */
export function kcat(args: string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile("kcat", args, { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`kcat ${args.join(" ")}: ${error.message} ${stderr}`));
    });
    child.stdin?.end(input);
  });
}
