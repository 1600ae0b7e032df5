import { runToEnd } from "./command.ts";

export const AUDIT = "services/ingest/src/audit/main.ts";

/** The system's own proof. @returns its exit status and all it wrote */
export async function runAudit(databaseUrl: string): Promise<{ code: number; output: string }> {
  const { status, stdout, stderr } = await runToEnd(AUDIT, [], { DATABASE_URL: databaseUrl });
  return { code: status, output: stdout + stderr };
}
