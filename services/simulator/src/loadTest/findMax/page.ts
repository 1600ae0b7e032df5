import { basename } from "node:path";
import { formatMs } from "../progress.ts";
import { environmentPanel } from "../report/environmentPanel.ts";
import { escapeHtml, htmlPage, key, mark } from "../report/html.ts";
import { rateText } from "../report/words.ts";
import type { FindMaxResult, Step } from "./findMax.ts";

const LIMITS = {
  system: "Above it the system did not keep up.",
  generator: "Above it the generator was too slow: Pulseboard may hold more.",
  "max-rate": "No higher rate was tried: Pulseboard may hold more.",
};

export interface FindMaxWords {
  level: "ok" | "miss" | "void";
  head: string;
  rest: string;
  why: string;
}

export function findMaxWords(result: FindMaxResult): FindMaxWords {
  const { rate, p99_spread_ms: spread, max_p99_ms: bound, steps, limited_by: limit } = result;
  const tried = `${steps.length} ${steps.length === 1 ? "step" : "steps"} of ${rateText(result.seconds_a_step)} s after ${rateText(result.warm_up_s)} s of warm-up.`;
  const highest = Math.max(0, ...steps.filter(({ held }) => held).map((step) => step.rate));
  if (rate !== null)
    return {
      level: "ok",
      head: `Holds ${rateText(rate)} events/s.`,
      rest: `p99 from intended time to screen ${formatMs(spread!.min)} to ${formatMs(spread!.max)} in three repeats, and lag does not grow.`,
      why: `${tried} ${limit ? LIMITS[limit] : ""}`,
    };
  if (result.verdict === "wrong")
    return {
      level: "miss",
      head: "Wrong: an event was lost or doubled.",
      rest: `The search ended at ${rateText(steps.at(-1)?.rate ?? 0)} events/s.`,
      why: tried,
    };
  const once = highest ? `${rateText(highest)} events/s held once.` : "";
  if (result.error !== null)
    return {
      level: "miss",
      head: "The search ended before it was done.",
      rest: `${result.error}.`,
      why: `${tried} ${once}`,
    };
  return {
    level: result.verdict === "invalid" ? "void" : "miss",
    head: result.verdict === "invalid" ? "Proves nothing: the generator was too slow." : "No rate held.",
    rest: `p99 to the screen under ${formatMs(bound)} without growing lag was not found three times more.`,
    why: `${tried} ${once}`,
  };
}

function row(step: Step, isRepeat: boolean): string {
  const level = step.held ? "ok" : step.verdict === "invalid" ? "void" : "miss";
  const interval = step.lag_slope_interval;
  return `<tr data-level="${level}"><td class="strong">${rateText(step.rate)}${isRepeat ? ' <span class="muted">repeat</span>' : ""}<td class="n hide-s">${rateText(step.achieved)}<td class="n hide-s">${formatMs(step.p50_screen)}<td class="n strong">${formatMs(step.p99_screen)}<td class="n hide-s">${interval ? `${interval[0]} to ${interval[1]}` : "-"}<td class="n hide-s">${formatMs(step.late_ms_p99)}<td class="muted hide-s" style="white-space:normal;padding-left:var(--s4)">${escapeHtml(step.why)}<td class="n"><span class="out">${mark(level)}${step.held ? "held" : level === "void" ? "proves nothing" : "did not hold"}</span>`;
}

/** The search as one HTML file: rate against p99, the knee marked. @param file its JSON's name */
export function findMaxPage(result: FindMaxResult, file: string): string {
  const { steps, rate, repeats, started_at, via } = result;
  const when = new Date(started_at).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
  const ordered = [...steps].sort((a, b) => a.rate - b.rate);
  const highest = ordered.filter(({ held }) => held).at(-1);
  return htmlPage({
    title: `Pulseboard: highest rate, ${when}`,
    what: `Search for the highest rate over ${via === "http" ? "HTTP" : "Kafka"}, ${when}`,
    verdict: result.verdict,
    ...findMaxWords(result),
    tiles: [
      {
        name: "Highest rate that holds",
        value: rate === null ? "-" : rateText(rate),
        unit: "/s",
        note: "three times more",
      },
      {
        name: "On screen, p99, there",
        value: result.p99_spread_ms ? formatMs(result.p99_spread_ms.max) : "-",
        note: result.p99_spread_ms ? `from ${formatMs(result.p99_spread_ms.min)} on` : "",
      },
      { name: "Bound of p99", value: formatMs(result.max_p99_ms), note: "from the intended time" },
      { name: "Steps", value: String(steps.length), note: `${rateText(result.seconds_a_step)} s each` },
      { name: "Highest that held once", value: highest ? rateText(highest.rate) : "-", unit: "/s", note: "" },
      {
        name: "Lowest that did not",
        value: rateText(ordered.find(({ held }) => !held)?.rate ?? 0),
        unit: "/s",
        note: ordered.find(({ held }) => !held)?.why ?? "none was tried",
      },
    ],
    panels: [
      {
        id: "knee",
        columns: 12,
        title: "Rate against latency",
        note: "p99 from intended time to screen, a dot a step, both axes logarithmic",
        keys: key("screen", "held") + key("bad", "did not hold") + key("edge", "the generator was too slow"),
        body: '<div class="plot" data-label="p99 to the screen by rate; the highest rate that holds is marked"></div>',
      },
      {
        id: "steps",
        columns: 12,
        title: "Steps",
        note: "by rate",
        body: `<table><thead><tr><th>Events a second<th class="n hide-s">acknowledged<th class="n hide-s">p50<th class="n">p99<th class="n hide-s">lag’s growth, 95%<th class="n hide-s">generator late<th class="hide-s"><th></thead><tbody>${ordered.map((step) => row(step, repeats.includes(step))).join("")}</tbody></table>`,
      },
      environmentPanel(result),
    ],
    foot: `All of it as figures: ${file}. Made by npm run load-test -- --find-max; nothing in this file is fetched.`,
    data: {
      warmUp: 0,
      measured: 1,
      seconds: [],
      marks: [],
      steps: ordered.map(({ rate: at, p99_screen, held, verdict }) => ({
        rate: at,
        p99: p99_screen,
        held,
        verdict,
      })),
      best: rate,
      bound: result.max_p99_ms,
    },
    result,
    resultFile: basename(file),
    scripts: ["knee.js"],
  });
}
