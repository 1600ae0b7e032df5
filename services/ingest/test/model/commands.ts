import type fc from "fast-check";
import type { Command } from "./command.ts";
import { fold, foldMeanwhile } from "./folding.ts";
import {
  audit,
  beginTransaction,
  cut,
  endTransaction,
  expire,
  passTime,
  publish,
  putPost,
  refill,
  renewWatermarks,
  revoke,
  truncate,
} from "./surroundings.ts";
import { collision, deliver, fetch, race, write, writeMeanwhile } from "./writing.ts";

const times = (count: number, arbitrary: fc.Arbitrary<Command>) => Array(count).fill(arbitrary);

/** Everything that may happen, each as often as it stands here. */
export const commands: fc.Arbitrary<Command>[] = [
  ...times(10, publish),
  ...times(10, deliver),
  ...times(5, race),
  ...times(2, collision),
  ...times(6, fetch),
  ...times(6, write),
  ...times(4, writeMeanwhile),
  ...times(2, fold),
  ...times(1, foldMeanwhile),
  ...times(2, revoke),
  ...times(2, putPost),
  ...times(2, passTime),
  ...times(1, expire),
  ...times(1, truncate),
  ...times(1, cut),
  ...times(2, refill),
  ...times(4, renewWatermarks),
  ...times(3, beginTransaction),
  ...times(3, endTransaction),
  audit,
];
