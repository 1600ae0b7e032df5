import type { EndToEnd } from "./endToEnd.ts";
import type { FoldCost } from "./foldCost.ts";
import type { Hints } from "./hints.ts";
import type { SelfTime } from "./profile.ts";
import type { Machine, Rate } from "./report.ts";

/** Of the baseline's rows a second: what ingest has to reach, and where it has to get. */
export const BAR = 0.3;
export const GOAL = 0.6;

export interface IngestResult {
  machine: Machine;
  events: number;
  repeat: number;
  bytesPerEvent: number;
  baseline: Rate[];
  decode: Rate[];
  live: EndToEnd[];
  spread: EndToEnd[];
  /** live / baseline, run by run. */
  ratios: number[];
  fold: FoldCost[];
  profile?: { functions: SelfTime[]; areas: SelfTime[] };
  hints?: Hints;
}
