import type { ClientBase } from "pg";
import { type Check, compare, none } from "../compare.ts";

const LOG = "topic, partition, log_number";
const COUNTED = "next_offset, first_offset, stored, rejected, duplicates, skipped, gaps";
const LOGS = `(select ${LOG}, ${COUNTED} from ingest_offsets
               union all select ${LOG}, ${COUNTED} from ingest_closed_logs) logs`;

const KEYS = ["topic", "partition", "log_number"];

/** An id names one event of a month: each month is asked for itself, in the order of its own index if it has one. */
async function repeatedIds(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ month: string }>(
    "select inhrelid::regclass::text as month from pg_inherits where inhparent = 'engagements'::regclass order by 1",
  );
  const months = rows.map(
    ({ month }) =>
      `select '${month}' as month, event_id, count(*) as rows from ${month} group by event_id having count(*) > 1`,
  );
  return months.join(" union all ") || "select null as month, null as event_id, 0 as rows where false";
}

/** Offsets passed = stored + rejected + duplicates + skipped + gaps, and each of these as recorded elsewhere. */
export const accountingChecks: Check[] = [
  compare("accounting, offsets passed", {
    keys: KEYS,
    values: ["passed"],
    expected: `select ${LOG}, next_offset - first_offset as passed from ${LOGS}`,
    found: `select ${LOG}, stored + rejected + duplicates + skipped + gaps as passed from ${LOGS}`,
  }),
  compare("accounting, stored", {
    keys: ["counted"],
    values: ["stored"],
    expected: `select 'engagements' as counted,
                      (select count(*) from engagements) + (select coalesce(sum(engagements), 0) from archived_months) as stored`,
    found: `select 'engagements' as counted, coalesce(sum(stored), 0) as stored from ${LOGS}`,
  }),
  compare("accounting, rejected", {
    keys: KEYS,
    values: ["rejected"],
    expected: `select ${LOG}, count(*) as rejected from rejected_events group by ${LOG}`,
    found: `select ${LOG}, rejected from ${LOGS}`,
  }),
  compare("accounting, gaps", {
    keys: KEYS,
    values: ["gaps"],
    expected: `select ${LOG}, sum(to_offset - from_offset) as gaps from ingest_gaps group by ${LOG}`,
    found: `select ${LOG}, gaps from ${LOGS}`,
  }),
  none("engagements, identity", {
    compared: "select count(*) from engagements",
    violations: repeatedIds,
  }),
];
