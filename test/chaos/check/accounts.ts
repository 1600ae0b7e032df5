import { TOPIC } from "../../support/ledger.ts";
import type { Logs } from "../logs.ts";
import type { World } from "../world.ts";
import type { Account, Expectation } from "./expected.ts";

/** Every log that ingest knows of, in the order in which they were read. */
export async function readAccounts(world: World): Promise<Account[]> {
  const columns = `partition, log_number as log, first_offset::float8 as first, next_offset::float8 as next, stored::float8,
                   rejected::float8, duplicates::float8, skipped::float8`;
  const logs = await world.query(
    `select ${columns} from ingest_closed_logs where topic = $1
     union all select ${columns} from ingest_offsets where topic = $1 order by partition, log`,
    [TOPIC],
  );
  const gaps = await world.query(
    `select partition, log_number as log, from_offset::float8 as "from", to_offset::float8 as "to"
     from ingest_gaps where topic = $1`,
    [TOPIC],
  );
  return logs.map((log) => ({
    ...log,
    gaps: gaps.filter((gap) => gap.partition === log.partition && gap.log === log.log),
  }));
}

/** Held against the content of the logs: the accounting of the contract, log by log. */
export function accountDeviations(accounts: Account[], expected: Expectation, logs: Logs): string[] {
  const deviations: string[] = [];
  accounts.forEach((account, index) => {
    const { partition, log } = account;
    const of = expected.perLog[index]!;
    const gaps = account.gaps.reduce((sum, { from, to }) => sum + to - from, 0);
    const say = (what: string) => deviations.push(`partition ${partition}, log ${log}: ${what}`);
    const { stored, rejected, duplicates, skipped, first, next } = account;
    // What lies before the first offset is accounted for nowhere.
    const start = logs.startOf(partition, log);
    if (first > start) say(`read from ${first} on, though it held records from ${start} on`);
    if (stored + rejected + duplicates + skipped + gaps !== next - first)
      say(`${next - first} offsets passed, ${stored + rejected + duplicates + skipped + gaps} accounted for`);
    if (rejected !== of.rejected) say(`${rejected} rejected, ${of.rejected} records of it cannot count`);
    if (stored + duplicates !== of.valid)
      say(`${stored} stored + ${duplicates} duplicates, ${of.valid} records of it count`);
    if (skipped !== of.skipped) say(`${skipped} skipped, ${of.skipped} offsets of it hold no record`);
    for (const { from, to } of account.gaps)
      if (to > start) say(`a gap from ${from} to ${to} over records that are held`);
    // A log that was taken for a new one without a reason would be read again, and be right by luck only.
    const isCurrent = accounts[index + 1]?.partition !== partition;
    if (!isCurrent && next > first && !logs.mayHaveEnded(partition, log))
      say("closed, though it was the same log all the time");
  });
  return deviations;
}
