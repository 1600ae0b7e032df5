import type { Problem } from "@pulseboard/contract";

/** Where a panel's numbers come from, a live subscription or a REST question, as far as a panel must know. */
export interface Source {
  readonly mode: "asking" | "held" | "refused";
  /** The last answer was this problem; gone with the next good one. */
  readonly problem: Problem | null;
  /** What it holds still answers other parameters than the present ones. */
  readonly changing: boolean;
  /** Why there is nothing to show: a problem, and no numbers for the present parameters. */
  readonly refusal: Problem | null;
  /** When it asks again by itself, steady ms. */
  readonly retryAt: number | null;
  /** Up to when what it holds is counted, ms since the epoch. */
  readonly asOf: number | null;
  retry(): void;
}

/** 503: PostgreSQL is away since 14:39:16 */
export function reasonOf(problem: Problem | null): string {
  if (problem === null) return "";
  const text = problem.detail ?? problem.title;
  return problem.status === 0 ? text : `${problem.status}: ${text}`;
}

/** The first of the refused sources when all have the same reason and there are several; null else. */
export function sharedRefusal(refused: readonly Source[], pageWide: ReadonlySet<Source>): Source | null {
  const [first, ...others] = refused;
  if (!first || (others.length === 0 && !pageWide.has(first))) return null;
  const reason = reasonOf(first.problem);
  return others.every(({ problem }) => reasonOf(problem) === reason) ? first : null;
}
