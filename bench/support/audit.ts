import { spawn } from "node:child_process";
import { once } from "node:events";
import { ROOT } from "./environment.ts";
import { Progress } from "./progress.ts";

export interface AuditVerdict {
  passed: boolean;
  /** What it printed last. */
  verdict: string;
}

/** `npm run audit` on the database: a fast wrong number is worth nothing. */
export async function audit(databaseUrl: string): Promise<AuditVerdict> {
  const progress = new Progress("auditing");
  const child = spawn("npm", ["run", "--silent", "audit"], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: databaseUrl },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  const [status] = await once(child, "close");
  progress.end();
  const lines = output
    .join("")
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  return status === 0
    ? { passed: true, verdict: lines.at(-1) ?? "status 0" }
    : { passed: false, verdict: `status ${status}: ${lines.slice(-12).join("\n")}` };
}
