import type { FoldCost } from "../../fold/foldCost.ts";
import { count, table } from "../../support/report.ts";
import { micros } from "./medians.ts";

const HEADER = [
  "fold of 10,000 live events, history of",
  "quarters",
  "ms",
  "the first",
  "posts",
  "us/post",
  "pages hit",
  "read",
  "refresh of a materialized view, ms",
  "/ fold",
];

export function folds(costs: FoldCost[]): string {
  if (costs.length === 0) return "";
  return table(
    HEADER,
    costs.map((cost) => [
      `${count(cost.history)} events`,
      count(cost.quarters),
      cost.milliseconds.toFixed(1),
      cost.firstMilliseconds.toFixed(1),
      count(cost.posts),
      micros(cost.microsPerPost),
      count(cost.pagesHit),
      count(cost.pagesRead),
      count(cost.refresh.milliseconds),
      (cost.refresh.milliseconds / cost.milliseconds).toFixed(1),
    ]),
  );
}
