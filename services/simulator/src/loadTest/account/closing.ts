import { databaseBytes } from "../environment.ts";
import { type Account, type AccountOptions, takeAccount } from "./account.ts";
import { type AuditOutcome, runAudit } from "./audit.ts";
import { reasonOf } from "./notDone.ts";
import { difference, type PartitionSums, readPartitionSums } from "./partitions.ts";

/** What is known after a run. What could not be done says why: what was measured before is not lost with it. */
export interface Closing {
  account: Account;
  /** Undefined when it was not asked for. */
  audit: AuditOutcome | undefined;
  /** Of the run; null when they could not be read. */
  partitions: PartitionSums | null;
  /** Of the database; null when it could not be read. */
  bytes: number | null;
  /** Why a part of the account is missing; the audit's reason is in its outcome. */
  notDone: string[];
}

export interface ClosingOptions extends AccountOptions {
  databaseUrl: string;
  topic: string;
  sumsBefore: PartitionSums;
  withAudit: boolean;
  onAudit: () => void;
}

/** Never throws. */
export async function closeAccount(options: ClosingOptions): Promise<Closing> {
  const { pool, databaseUrl, topic, sumsBefore, withAudit, signal } = options;
  const account = await takeAccount(options);
  if (withAudit) options.onAudit();
  const audit = withAudit ? await runAudit(databaseUrl, signal) : undefined;
  const partitions = await attempt(async () => difference(await readPartitionSums(pool, topic), sumsBefore));
  const bytes = await attempt(() => databaseBytes(pool));
  // A broken message has no id to look up: each must be among the rejected, whatever others have sent.
  if (partitions.value) account.missing += Math.max(0, account.broken - partitions.value.rejected);
  const reasons = [account.notDone, partitions.notDone, bytes.notDone].filter(
    (reason) => reason !== undefined,
  );
  return {
    account,
    audit,
    partitions: partitions.value,
    bytes: bytes.value,
    notDone: [...new Set(reasons)],
  };
}

async function attempt<T>(read: () => Promise<T>): Promise<{ value: T | null; notDone?: string }> {
  try {
    return { value: await read() };
  } catch (error) {
    return { value: null, notDone: reasonOf(error) };
  }
}
