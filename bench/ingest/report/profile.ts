import { count, table } from "../../support/report.ts";
import type { IngestResult } from "../ingestResult.ts";
import type { SelfTime } from "../profile.ts";
import { percent } from "./medians.ts";

/** Where the ingest process spent its time. */
export function profile({ profile }: IngestResult): string {
  if (!profile) return "";
  const rows = (times: SelfTime[]) =>
    times.map(({ where, share, milliseconds }) => [where, percent(share), count(milliseconds)]);
  return [
    table(["ingest, main thread, by area", "share", "ms"], rows(profile.areas)),
    table(["ingest, main thread, by self time", "share", "ms"], rows(profile.functions)),
  ].join("\n\n");
}
