/** What always holds. ARCHITECTURE.md has the same with what proves each (tested). */
export const INVARIANTS: readonly { name: string; promise: string }[] = [
  {
    name: "I1",
    promise:
      "every event is counted once in raw and in every rollup, whatever crashes, rebalances, redeliveries or duplicates happen",
  },
  {
    name: "I2",
    promise: "per partition and log: offsets passed = stored + rejected + duplicates + skipped + gaps",
  },
  {
    name: "I3",
    promise: "at every stats version each rollup equals the aggregate of raw and archived events up to it",
  },
  { name: "I4", promise: "no message holds up its partition" },
  {
    name: "I5",
    promise: "a fault that passes loses and rejects nothing; one that does not ends ingest and skips nothing",
  },
  { name: "I6", promise: "no analytics or live read touches raw engagements" },
  { name: "I7", promise: "live and REST agree at the same version; versions only grow" },
  { name: "I8", promise: "slow, absent or hostile dashboards never slow ingest" },
  { name: "I9", promise: "after any restart it resumes by itself" },
  { name: "I10", promise: "no secret in the repo or in a log" },
];
