import { explain } from "@pulseboard/runtime";
import { INTERRUPTED } from "../account/notDone.ts";
import { formatMs, type ProgressView } from "../progress.ts";
import { rateText, whole } from "../report/words.ts";
import type { LoadTestResult } from "../result.ts";
import { round, searchHighest } from "./search.ts";

export interface Step {
  rate: number;
  achieved: number;
  p50_screen: number | null;
  p99_screen: number | null;
  lag_slope: number | null;
  lag_slope_interval: [number, number] | null;
  late_ms_p99: number;
  held: boolean;
  /** Why it did not hold. */
  why: string;
  verdict: LoadTestResult["verdict"];
}

export interface FindMaxResult {
  verdict: "held" | "missed" | "invalid" | "wrong";
  /** The highest rate that held, three times more; null when none did. */
  rate: number | null;
  max_p99_ms: number;
  /** What did not hold above it. */
  limited_by: "system" | "generator" | "max-rate" | null;
  /** What ended the search before it was done, with the steps so far; null when nothing did. */
  error: string | null;
  /** Of the winner. */
  repeats: Step[];
  p99_spread_ms: { min: number; max: number } | null;
  steps: Step[];
  started_at: string;
  command: string;
  via: "kafka" | "http";
  environment: Record<string, string>;
  seconds_a_step: number;
  warm_up_s: number;
}

const REPEATS = 3;
/** A winner whose repeats do not hold gives way to a rate so much lower, this often. */
const STEP_DOWN = 0.9;
const MOST_STEPS_DOWN = 3;
const WITHIN = 1.08;
/** Of the events that were asked for. */
const LEAST_SHARE = 0.99;

export interface FindMaxOptions {
  first: number;
  max: number;
  maxP99: number;
  progress: ProgressView;
  signal: AbortSignal;
  run: (rate: number) => Promise<LoadTestResult>;
}

function judge(rate: number, result: LoadTestResult, maxP99: number): Step {
  const { slope, slope_interval: interval } = result.lag;
  const p99 = result.latency_ms.screen.p99;
  const { asked, achieved } = result.rate;
  const reasons = [
    ...(result.verdict === "wrong" ? ["an event was lost or doubled"] : []),
    ...(result.verdict === "invalid"
      ? [`the generator was too slow, ${formatMs(result.generator.late_ms_p99)} late`]
      : []),
    ...(p99 === null || p99 > maxP99 ? [`p99 to the screen ${formatMs(p99)}`] : []),
    ...(interval === null ? ["the lag's growth is not known"] : []),
    ...(interval && interval[0] > 0 ? [`lag grew by ${slope} a second`] : []),
    ...(result.failed > 0 ? [`${whole(result.failed)} failed`] : []),
    ...(achieved < LEAST_SHARE * asked
      ? [`only ${rateText(achieved)} of ${rateText(asked)} events/s were acknowledged`]
      : []),
    ...(result.drained ? [] : ["not all had arrived in time"]),
  ];
  return {
    rate,
    achieved,
    p50_screen: result.latency_ms.screen.p50,
    p99_screen: p99,
    lag_slope: slope,
    lag_slope_interval: interval,
    late_ms_p99: result.generator.late_ms_p99,
    held: reasons.length === 0,
    why: reasons.join("; "),
    verdict: result.verdict,
  };
}

/** Ends the search: what follows would prove nothing. */
class SearchEnded extends Error {}

type Found = Pick<
  FindMaxResult,
  "verdict" | "rate" | "limited_by" | "error" | "repeats" | "p99_spread_ms" | "steps"
> & {
  environment: Record<string, string>;
};

/** The highest rate at which p99 to the screen stays under the bound and lag does not grow, repeated three times. */
export async function findMax(options: FindMaxOptions): Promise<Found> {
  const { first, max, maxP99, progress, signal, run } = options;
  const steps: Step[] = [];
  const repeats: Step[] = [];
  let environment: Record<string, string> = {};

  async function probe(rate: number): Promise<Step> {
    if (signal.aborted) throw new SearchEnded();
    const result = await run(rate);
    environment = result.environment;
    const step = judge(rate, result, maxP99);
    if (signal.aborted) throw new SearchEnded();
    steps.push(step);
    const p99 = `p99 ${formatMs(step.p99_screen)}`;
    progress.say(`${rate}/s ${step.held ? `held, ${p99}` : `did not hold: ${step.why}`}`);
    if (result.verdict === "wrong") throw new SearchEnded();
    return step;
  }

  let winner: number | null = null;
  let ended: string | null = null;
  try {
    let candidate = (await searchHighest({ first, max, within: WITHIN, probe }))?.rate;
    for (let down = 0; candidate !== undefined && winner === null && down < MOST_STEPS_DOWN; down++) {
      repeats.length = 0;
      while (repeats.length < REPEATS) {
        const step = await probe(candidate);
        repeats.push(step);
        if (!step.held) break;
      }
      if (repeats.every(({ held }) => held)) winner = candidate;
      else candidate = round(candidate * STEP_DOWN);
    }
  } catch (error) {
    if (!(error instanceof SearchEnded)) {
      // Of what has no step yet there is nothing to report.
      if (!steps.length) throw error;
      ended = explain(error);
    } else if (signal.aborted) ended = INTERRUPTED;
  }

  const p99s = repeats.flatMap(({ p99_screen }) => p99_screen ?? []);
  const failed = steps.filter(({ held }) => !held);
  const nearest = failed.reduce<Step | undefined>((a, b) => (!a || b.rate < a.rate ? b : a), undefined);
  const isGenerator = nearest?.verdict === "invalid";
  return {
    verdict: steps.some(({ verdict }) => verdict === "wrong")
      ? "wrong"
      : winner !== null
        ? "held"
        : isGenerator
          ? "invalid"
          : "missed",
    rate: winner,
    limited_by: nearest ? (isGenerator ? "generator" : "system") : winner !== null ? "max-rate" : null,
    error: ended,
    repeats: winner === null ? [] : [...repeats],
    p99_spread_ms: winner !== null && p99s.length ? { min: Math.min(...p99s), max: Math.max(...p99s) } : null,
    steps,
    environment,
  };
}
