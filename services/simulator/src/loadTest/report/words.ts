import { formatMs } from "../progress.ts";
import type { LoadTestResult } from "../result.ts";
import type { JudgedThreshold } from "../thresholds.ts";

const number = new Intl.NumberFormat("en");
export const whole = (value: number): string => number.format(Math.round(value));
/** One decimal below ten. */
export const rateText = (value: number): string =>
  value < 10 ? number.format(Math.round(value * 10) / 10) : whole(value);
export const orDash = (value: number | null): string => (value === null ? "-" : whole(value));

export interface Verdict {
  /** Of the shape and the colour. */
  level: "ok" | "miss" | "void";
  /** What the verdict is, then what it rests on. */
  head: string;
  rest: string;
  why: string;
}

const plural = (count: number, one: string, many = `${one}s`) =>
  `${whole(count)} ${count === 1 ? one : many}`;

/** Which of the processes has no CPU left: over 90% of one core, since Node has one. */
export function narrowPlace(result: LoadTestResult): string | undefined {
  const busiest = [...result.processes]
    .filter(({ name }) => !name.startsWith("postgres") && name !== "measuring")
    .sort((a, b) => b.cpu_cores - a.cpu_cores)[0];
  return busiest && busiest.cpu_cores >= 0.9 ? busiest.name : undefined;
}

/** The last stage that was measured, and its name in a sentence. */
export const toScreen = (result: LoadTestResult) =>
  result.dashboards > 0
    ? { stage: "screen" as const, words: "screen" }
    : { stage: "counted" as const, words: "the stats version" };

function equation(result: LoadTestResult): string {
  const { sent, acknowledged, failed, counted, account } = result;
  const others = [
    ...(failed ? [`${whole(failed)} failed`] : []),
    ...(account.refused ? [`${whole(account.refused)} refused`] : []),
    ...(account.repeats ? [`${whole(account.repeats)} repeats`] : []),
    ...(account.broken ? [`${whole(account.broken)} broken`] : []),
  ];
  const rest = acknowledged - counted - account.repeats - account.broken;
  if (rest > 0) others.push(`${whole(rest)} ${account.not_done.length ? "not looked up" : "missing"}`);
  return `${whole(sent)} sent = ${whole(counted)} counted${others.length ? ` + ${others.join(" + ")}` : ""}`;
}

function growing(result: LoadTestResult): boolean {
  const { slope_interval: interval } = result.lag;
  return interval !== null && interval[0] > 1;
}

/** What about the run is not whole. */
function incomplete({ interrupted, account }: LoadTestResult): string {
  const { audit, not_done } = account;
  const sentences = [
    ...(interrupted ? ["It was ended early."] : []),
    ...not_done.map((why) => `The account was not taken: ${why}.`),
    ...(audit?.why ? [`npm run audit was not done: ${audit.why}.`] : []),
  ];
  return sentences.map((sentence) => `${sentence} `).join("");
}

export function verdictWords(result: LoadTestResult): Verdict {
  const { verdict, rate, latency_ms, lag, generator, account, missing, doubled } = result;
  const { stage, words } = toScreen(result);
  const p99 = formatMs(latency_ms[stage].p99);
  const asked = `${rateText(rate.asked)} events/s`;
  const long = `${rateText(result.measured_s)} s`;
  const narrow = narrowPlace(result);
  const latency = `p99 from intended time to ${words} ${p99}${growing(result) ? " and growing" : ""}`;
  const early = incomplete(result);
  switch (verdict) {
    case "held":
      return {
        level: "ok",
        head: `Held ${asked} for ${long}.`,
        rest: `${latency}; ${equation(result)}.`,
        why: `${early}Every threshold was met.${narrow ? ` The ${narrow} process used a core's whole time.` : ""}`,
      };
    case "missed": {
      const missed = result.thresholds.filter(({ met }) => !met).map(({ threshold }) => threshold);
      const behind = growing(result)
        ? `It fell behind by ${whole(lag.slope ?? 0)} messages each second, so every latency here depends on how long the run was. `
        : "";
      const waiting = result.drained
        ? missing === 0 && doubled === 0
          ? "Nothing was lost. "
          : ""
        : `${plural(missing, "event was", "events were")} still on the way ${rateText(result.drain_s)} s after the end, when the run's time was over. `;
      return {
        level: "miss",
        head: `Did not hold ${asked}.`,
        rest: `${latency}; ${equation(result)}${result.drained && result.drain_s > 2 ? `, the last of them ${rateText(result.drain_s)} s after the end` : ""}.`,
        why: `${early}${behind}${waiting}${narrow ? `The narrow place was ${narrow}: ${Math.round(100 * processCpu(result, narrow))}% of one core. ` : ""}${missed.length ? `Missed: ${missed.join(", ")}.` : ""}`,
      };
    }
    case "invalid": {
      const sentAll = rate.achieved >= 0.99 * rate.asked;
      const late = `Events left ${formatMs(generator.late_ms_p99)} late (p99) by the generator's own fault`;
      const dropped = generator.dropped
        ? `; ${plural(generator.dropped, "event was", "events were")} over 3 s late and dropped, and have no latency: the percentiles below look better than the truth`
        : ", which is in every latency below";
      return {
        level: "void",
        head: "Proves nothing: the generator was too slow.",
        rest: `Asked for ${asked} it sent ${sentAll ? "them, and too many of them late" : rateText(rate.achieved)}; what Pulseboard does at ${rateText(rate.asked)} is not known.`,
        why: `${early}${late}${dropped}. Run the generator on another machine, or ask for a lower rate.`,
      };
    }
    case "wrong": {
      const ids = [...account.missing_ids, ...account.doubled_ids].slice(0, 3).join(", ");
      const audit =
        account.audit?.exact === false
          ? `npm run audit found differences: ${account.audit.differing.join(", ")}. `
          : "";
      return {
        level: "miss",
        head: `Wrong: ${plural(missing, "event is", "events are")} missing, ${whole(doubled)} counted twice.`,
        rest: `${equation(result)}; ${latency}.`,
        why: `${early}${audit}${ids ? `Among them ${ids}. ` : ""}Every acknowledged event must be counted exactly once.`,
      };
    }
  }
}

const processCpu = (result: LoadTestResult, wanted: string): number =>
  result.processes.find(({ name }) => name === wanted)?.cpu_cores ?? 0;

/** In an invalid run only what is the generator's own, and the account, is judged. */
export const isMoot = (result: LoadTestResult, { threshold }: JudgedThreshold): boolean =>
  result.verdict === "invalid" && !/^(generator\.|missing|doubled)/.test(threshold);
