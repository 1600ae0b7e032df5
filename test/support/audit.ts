import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ROOT } from "./process.ts";

/** The system's own proof, as a user runs it. @returns its exit status and all it wrote */
export async function runAudit(databaseUrl: string): Promise<{ code: number; output: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)("npm", ["run", "--silent", "audit"], {
      cwd: ROOT,
      env: { ...process.env, DATABASE_URL: databaseUrl },
    });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}
