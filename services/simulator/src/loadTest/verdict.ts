import type { AuditOutcome } from "./account/audit.ts";
import type { Measured } from "./measured.ts";
import type { Verdict } from "./result.ts";
import type { JudgedThreshold } from "./thresholds.ts";

const isOfGenerator = ({ threshold }: JudgedThreshold) => threshold.startsWith("generator.");

/** What the verdict needs of it. */
export interface AccountState {
  drained: boolean;
  /** Undefined when it was not asked for. */
  audit: AuditOutcome | undefined;
  /** Why a part of the account is missing. */
  notDone: readonly string[];
}

/**
 * What was lost weighs most; a generator that was too slow makes the rest worth nothing; and what was asked for and not
 * done does not hold.
 */
export function verdictOf(
  measured: Measured,
  thresholds: readonly JudgedThreshold[],
  { drained, audit, notDone }: AccountState,
): Verdict {
  const isLost = drained && measured.missing > 0;
  if (isLost || measured.doubled > 0 || audit?.exact === false) return "wrong";
  if (thresholds.some((each) => isOfGenerator(each) && !each.met)) return "invalid";
  const isDone = drained && notDone.length === 0 && (audit === undefined || audit.exact === true);
  return isDone && thresholds.every(({ met }) => met) ? "held" : "missed";
}
