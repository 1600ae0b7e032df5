import type { AuditOutcome } from "./account/audit.ts";
import type { Measured } from "./measured.ts";
import type { Verdict } from "./result.ts";
import type { JudgedThreshold } from "./thresholds.ts";

const isOfGenerator = ({ threshold }: JudgedThreshold) => threshold.startsWith("generator.");

/** What was lost weighs most; a generator that was too slow makes the rest worth nothing. */
export function verdictOf(
  measured: Measured,
  thresholds: readonly JudgedThreshold[],
  { drained, audit }: { drained: boolean; audit: AuditOutcome | undefined },
): Verdict {
  const isLost = drained && measured.missing > 0;
  if (isLost || measured.doubled > 0 || audit?.exact === false) return "wrong";
  if (thresholds.some((each) => isOfGenerator(each) && !each.met)) return "invalid";
  return drained && thresholds.every(({ met }) => met) ? "held" : "missed";
}
