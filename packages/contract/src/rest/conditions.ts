import { z } from "zod";
import { time } from "./answer.ts";

/**
 * What may be wrong with the counting at a moment:
 * - fold              deltas wait and no fold goes through
 * - clock             the clocks of the database and of ingest's host disagree
 * - open_transaction  events wait behind a Kafka transaction that is neither committed nor aborted
 * - set_aside         posts that cannot be counted; their counts are kept apart, all others are exact
 * - consumer_group    ingest has left a consumer group from which another database is stored too
 * - no_leader         partitions of the topic have no leader: their events wait, all others go on
 */
export const CONDITIONS = [
  "fold",
  "clock",
  "open_transaction",
  "set_aside",
  "consumer_group",
  "no_leader",
] as const;
export type ConditionName = (typeof CONDITIONS)[number];

/** A name that a newer ingest gives is passed on, so it is any text. */
export const condition = z
  .object({
    condition: z.string().describe(`One of ${CONDITIONS.join(", ")}; newer versions may add names`),
    detail: z.string(),
    since: time,
    blocks: z.boolean().describe("Whether /readyz is 503 because of it"),
  })
  .meta({ id: "Condition" });
export type Condition = z.infer<typeof condition>;
