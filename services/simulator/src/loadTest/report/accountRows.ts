import type { LoadTestResult } from "../result.ts";
import { whole } from "./words.ts";

/** The account as an addition. */
export function accountRows(result: LoadTestResult): string[][] {
  const { account, sent, acknowledged, failed, counted, missing, doubled, generator } = result;
  const { partitions, audit } = account;
  const some = (name: string, value: number): string[][] => (value ? [[name, whole(value)]] : []);
  return [
    ...(generator.dropped ? [["dropped, over 3 s late", whole(generator.dropped)]] : []),
    ["sent", whole(sent)],
    ["  acknowledged", whole(acknowledged)],
    ["  failed", whole(failed)],
    ...some("  refused by POST /events", account.refused),
    ["of the acknowledged", whole(acknowledged)],
    ["  counted once", whole(counted)],
    ...some("  repeats, which change nothing", account.repeats),
    ...some("  broken, kept as rejected", account.broken),
    ["  missing", whole(missing)],
    ["  counted twice", whole(doubled)],
    ...some("failed, yet stored", account.failed_yet_stored),
    ...(partitions
      ? [
          ["offsets passed by ingest", whole(partitions.passed)],
          ["  stored", whole(partitions.stored)],
          [
            "  rejected, repeated, skipped",
            `${whole(partitions.rejected)}, ${whole(partitions.duplicates)}, ${whole(partitions.skipped + partitions.gaps)}`,
          ],
        ]
      : []),
    ...(audit
      ? [
          [
            "npm run audit",
            audit.exact === undefined
              ? `not done in ${Math.round(audit.seconds)} s`
              : `${audit.exact ? "exact" : "DIFFERENCES"}, ${audit.seconds.toFixed(1)} s`,
          ],
        ]
      : []),
  ];
}
