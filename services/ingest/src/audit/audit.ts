import { checkDatabase, createClient } from "@pulseboard/runtime";
import type { ClientBase } from "pg";
import { accountingChecks } from "./checks/accounting.ts";
import { authorChecks } from "./checks/authors.ts";
import { lifecycleChecks } from "./checks/lifecycle.ts";
import { overviewChecks } from "./checks/overview.ts";
import { postChecks } from "./checks/posts.ts";
import { quarterChecks } from "./checks/quarters.ts";
import { setAsideChecks } from "./checks/setAside.ts";
import { topListChecks } from "./checks/topLists.ts";
import { totalChecks } from "./checks/totals.ts";
import type { Check, Finding } from "./compare.ts";
import { openSnapshot } from "./snapshot.ts";

export type { Finding } from "./compare.ts";

const CHECKS: Check[] = [
  ...postChecks,
  ...quarterChecks,
  ...authorChecks,
  ...overviewChecks,
  ...totalChecks,
  ...topListChecks,
  ...accountingChecks,
  ...lifecycleChecks,
  ...setAsideChecks,
];

export interface AuditReport {
  exact: boolean;
  /** The state judged. */
  version: number;
  asOf: string;
  checks: Finding[];
}

/**
 * Judges one snapshot of the database: whether every rollup equals the raw and archived engagements that are
 * neither in unfolded deltas nor set aside, and whether every partition's accounting adds up. Reads only; safe while the system runs.
 * @param step told the name of each step as it begins
 */
export async function audit(
  databaseUrl: string,
  step: (name: string) => void = () => {},
): Promise<AuditReport> {
  await checkDatabase(databaseUrl);
  const client = createClient({ databaseUrl, applicationName: "pulseboard-audit" });
  await client.connect();
  try {
    return await judge(client, step);
  } finally {
    await client.end();
  }
}

/** The same over a connection that has nothing else to do, and is left in the snapshot's transaction. */
export async function judge(
  client: ClientBase,
  step: (name: string) => void = () => {},
): Promise<AuditReport> {
  await openSnapshot(client, step);
  const { rows } = await client.query<{ version: number; as_of: Date }>("select version, as_of from stats");
  const checks: Finding[] = [];
  for (const check of CHECKS) {
    step(check.name);
    checks.push(await check.run(client));
  }
  const { version, as_of } = rows[0]!;
  return {
    exact: checks.every((check) => check.differences === 0),
    version,
    asOf: as_of.toISOString(),
    checks,
  };
}
