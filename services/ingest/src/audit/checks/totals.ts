import { COUNTS, each } from "../../fold/columns.ts";
import { type Check, compare, none } from "../compare.ts";

const LOGS = `(select rejected, duplicates from ingest_offsets
               union all select rejected, duplicates from ingest_closed_logs) logs`;

/** The platform's totals, and the row counts of the catalogue. */
export const totalChecks: Check[] = [
  compare("stats", {
    keys: ["singleton"],
    values: COUNTS,
    expected: `select true as singleton, ${each(COUNTS, (count) => `coalesce(sum(${count}), 0) as ${count}`)}
               from audit_quarters`,
    found: `select singleton, ${COUNTS.join(", ")} from stats`,
  }),
  // The fold takes these as they are at its snapshot; they only grow.
  none("stats, rejected and duplicates", {
    compared: "select count(*) from stats",
    violations: `select s.rejected, l.rejected as rejected_in_logs, s.duplicates, l.duplicates as duplicates_in_logs
                 from stats s,
                      (select coalesce(sum(rejected), 0) as rejected, coalesce(sum(duplicates), 0) as duplicates from ${LOGS}) l
                 where s.rejected > l.rejected or s.duplicates > l.duplicates`,
  }),
  compare("catalogue_counts", {
    keys: ["kind"],
    values: ["rows"],
    expected: `select 'authors' as kind, count(*) as rows from authors
               union all select 'posts', count(*) from posts
               union all select 'users', count(*) from users`,
    found: "select kind, rows from catalogue_counts",
  }),
];
