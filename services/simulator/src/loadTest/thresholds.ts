import { STAGES, type Stage } from "./measure/stages.ts";
import type { Measured } from "./measured.ts";

/** What a run must meet, e.g. `p99.screen<1000`. */
export interface Threshold {
  /** As it is shown: `p99.screen < 1000`. */
  text: string;
  path: string;
  operator: Operator;
  bound: number;
}

export interface JudgedThreshold {
  threshold: string;
  measured: number | null;
  met: boolean;
}

const OPERATORS = {
  "<=": (a: number, b: number) => a <= b,
  ">=": (a: number, b: number) => a >= b,
  "==": (a: number, b: number) => a === b,
  "<": (a: number, b: number) => a < b,
  ">": (a: number, b: number) => a > b,
};
type Operator = keyof typeof OPERATORS;

type Read = (measured: Measured) => number | null;

const PATHS = new Map<string, Read>([
  ...(["p50", "p90", "p99", "p999", "max"] as const).flatMap((name) =>
    STAGES.map((stage: Stage): [string, Read] => [`${name}.${stage}`, (run) => run.latency_ms[stage][name]]),
  ),
  ["lag.max", (run) => run.lag.max],
  ["lag.end", (run) => run.lag.end],
  ["lag.slope", (run) => run.lag.slope],
  ["freshness.p50", (run) => run.freshness_ms.p50],
  ["freshness.p99", (run) => run.freshness_ms.p99],
  ["freshness.max", (run) => run.freshness_ms.max],
  ["generator.late", (run) => run.generator.late_ms_p99],
  ["generator.dropped", (run) => run.generator.dropped],
  ["rate.achieved", (run) => run.rate.achieved],
  ["failed", (run) => run.failed],
  ["missing", (run) => run.missing],
  ["doubled", (run) => run.doubled],
]);

const EXPECTED = `expected a path, one of < <= == >= > and a number, such as p99.screen<1000; paths are ${"p50|p90|p99|p999|max"}.${STAGES.join("|")}, ${[...PATHS.keys()].filter((path) => !/^(p\d+|max)\./.test(path)).join(", ")}`;

/** @throws Error that says what was expected */
export function parseThreshold(text: string): Threshold {
  const [, path = "", operator = "", bound = ""] =
    /^\s*([a-z0-9.]{1,40})\s*(<=|>=|==|<|>)\s*(\d{1,12}(?:\.\d{1,6})?)\s*$/.exec(text) ?? [];
  if (!PATHS.has(path)) throw new Error(EXPECTED);
  return {
    text: `${path} ${operator} ${Number(bound)}`,
    path,
    operator: operator as Operator,
    bound: Number(bound),
  };
}

/** What was not measured is not met. */
export function judge(thresholds: readonly Threshold[], measured: Measured): JudgedThreshold[] {
  return thresholds.map(({ text, path, operator, bound }) => {
    const value = PATHS.get(path)!(measured);
    return { threshold: text, measured: value, met: value !== null && OPERATORS[operator](value, bound) };
  });
}

/** What a run must meet when nothing else is asked. */
export const DEFAULT_THRESHOLDS = ["p99.screen<1000", "lag.end==0"];
const WITHOUT_SCREENS = ["p99.counted<1000", "lag.end==0"];
/** A generator that is later than this, or that drops, proves nothing. */
const OF_THE_GENERATOR = ["generator.late<50", "generator.dropped==0"];
/** A run that is refused proves no rate; what is lost or counted twice is wrong. */
const OF_THE_ACCOUNT = ["failed==0", "missing==0", "doubled==0"];

/** The asked ones, or the default ones; and those that always hold, unless the same path was asked for. */
export function allThresholds(asked: readonly Threshold[], hasScreens: boolean): Threshold[] {
  const parse = (texts: readonly string[]) => texts.map(parseThreshold);
  const chosen = asked.length ? asked : parse(hasScreens ? DEFAULT_THRESHOLDS : WITHOUT_SCREENS);
  const always = parse([...OF_THE_GENERATOR, ...OF_THE_ACCOUNT]);
  const paths = new Set(chosen.map(({ path }) => path));
  return [...chosen, ...always.filter(({ path }) => !paths.has(path))];
}
