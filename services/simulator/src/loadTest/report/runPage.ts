import { basename } from "node:path";
import { formatMs } from "../progress.ts";
import type { LoadTestResult } from "../result.ts";
import type { Difference, EarlierRun } from "./compare.ts";
import { environmentPanel } from "./environmentPanel.ts";
import { htmlPage, key, type Page, type Tile } from "./html.ts";
import { accountPanel, figuresPanel, processesPanel, STAGE_LOOKS, thresholdsPanel } from "./panels.ts";
import { rateText, toScreen, verdictWords, whole } from "./words.ts";

/** `412 ms` as a value and its unit. */
const split = (ms: number | null): Pick<Tile, "value" | "unit"> => {
  const [value = "-", unit] = formatMs(ms).split(" ");
  return { value, ...(unit && { unit }) };
};

function tiles(result: LoadTestResult): Tile[] {
  const { rate, latency_ms, lag, counted, missing, doubled, measured_s, warm_up_s } = result;
  const { stage } = toScreen(result);
  const name = stage === "screen" ? "On screen" : "Counted";
  const latency = latency_ms[stage];
  const share = rate.asked > 0 ? (100 * rate.achieved) / rate.asked : 0;
  const growth = lag.slope_interval && lag.slope_interval[0] > 1;
  return [
    {
      name: "Asked",
      value: rateText(rate.asked),
      unit: "/s",
      note: `${rateText(measured_s)} s after ${rateText(warm_up_s)} s of warm-up`,
    },
    {
      name: "Achieved",
      value: rateText(rate.achieved),
      unit: "/s",
      note: `${share.toFixed(1)}% of what was asked`,
    },
    { name: `${name}, p50`, ...split(latency.p50), note: "from the intended time" },
    {
      name: `${name}, p99`,
      ...split(latency.p99),
      note: `p99.9 ${formatMs(latency.p999)}, max ${formatMs(latency.max)}`,
    },
    {
      name: "Lag at the end",
      value: lag.end === null ? "-" : whole(lag.end),
      note: growth ? `grew by ${whole(lag.slope ?? 0)} a second` : "did not grow",
    },
    {
      name: "Sent, and counted once",
      value: whole(counted),
      note: `${whole(missing)} missing, ${whole(doubled)} twice`,
    },
  ];
}

/** The bound of p99 to the screen, or to the version, where a threshold has one. */
function boundOf(result: LoadTestResult): number | null {
  const prefix = `p99.${toScreen(result).stage} <`;
  const found = result.thresholds.find(({ threshold }) => threshold.startsWith(prefix));
  return found ? Number(found.threshold.split(" ").at(-1)) : null;
}

function note(result: LoadTestResult): string {
  const { rate, generator, measured_s, lag } = result;
  if (generator.dropped) return `${rateText(generator.dropped / measured_s)} /s were dropped, too late`;
  const isGrowing = lag.slope_interval !== null && lag.slope_interval[0] > 1;
  return isGrowing ? `counted ${rateText(rate.achieved - (lag.slope ?? 0))} /s` : "";
}

/** The report of a run as one HTML file. @param file its JSON's name */
export function runPage(
  result: LoadTestResult,
  file: string,
  earlier: EarlierRun | undefined,
  differences: readonly Difference[],
): string {
  const words = verdictWords(result);
  const when = new Date(result.started_at).toLocaleString("en-GB", {
    dateStyle: "long",
    timeStyle: "short",
  });
  const stages = STAGE_LOOKS.filter(({ stage }) => stage !== "screen" || result.dashboards > 0);
  const followed = whole(result.counted);
  const page: Page = {
    title: `Pulseboard: load test, ${when}`,
    what: `Load test, scenario ${result.scenario} over ${result.via === "http" ? "HTTP" : "Kafka"}, ${when}`,
    verdict: result.verdict,
    ...words,
    tiles: tiles(result),
    panels: [
      thresholdsPanel(result),
      {
        id: "rate",
        columns: 6,
        title: "Rate",
        note: "events a second",
        keys: key("text", "asked", true) + key("acked", "acknowledged") + key("screen", "counted"),
        body: '<div class="plot" data-label="Events a second: asked, acknowledged and counted"></div>',
      },
      {
        id: "over",
        columns: 12,
        title: "Latency over time",
        note: "from the intended time of each event, in each second; one scale, logarithmic",
        keys: key("muted", "p50") + key("text", "p99") + key("muted", "max", true),
        isMeasured: true,
        body: `<div class="stages">${stages
          .map(
            ({ stage, colour, name, where }) =>
              `<figure style="--c:var(--${colour})"><figcaption><i></i><b>${name}</b><span>p99 ${formatMs(result.latency_ms[stage].p99)}</span></figcaption><div class="plot" data-stage="${stage}" data-colour="${colour}" data-label="${name} ${where(result)}: p50, p99 and maximum in each second"></div></figure>`,
          )
          .join("")}</div>`,
      },
      {
        id: "curve",
        columns: 7,
        title: "Latency by percentile",
        note: `of all ${followed} events${earlier ? "; dashed: the earlier run" : ""}${result.generator.dropped ? "; says little, since the dropped ones are not in it" : ""}`,
        keys: `<span class="only-s">${stages.map(({ colour, name }) => key(colour, name)).join("")}</span>`,
        isMeasured: true,
        body: '<div class="plot" data-label="Latency by percentile, the axis stretched towards 100"></div>',
      },
      figuresPanel(result, stages, differences),
      {
        id: "lag",
        columns: 6,
        title: "Behind",
        note: "what waits in Kafka, and how old the screen is",
        isMeasured: true,
        body: '<div class="plot" data-k="lag" data-label="Consumer lag over time"></div><div class="plot" data-k="freshness_ms" data-label="Freshness over time"></div>',
      },
      processesPanel(result),
      accountPanel(result),
      environmentPanel({
        command: result.command,
        environment: {
          ...result.environment,
          Seed: String(result.seed),
          ...Object.fromEntries(
            Object.entries(result.failures).map(([reason, events]) => [`Failed, ${whole(events)}`, reason]),
          ),
        },
      }),
    ],
    foot: `All of it as figures: ${file}. Made by npm run load-test; nothing in this file is fetched.`,
    data: {
      warmUp: result.warm_up_s,
      measured: result.measured_s,
      seconds: result.seconds,
      marks: result.marks.map(({ atMs, label }) => ({
        at: atMs / 1_000,
        label: label.replaceAll(/[&<>"]/g, ""),
      })),
      stages: stages.map(({ stage, colour, name }) => ({ key: stage, colour, name })),
      curve: result.curve,
      earlierCurve: earlier?.curve ?? null,
      bound: boundOf(result),
      boundStage: toScreen(result).stage,
      p99: result.latency_ms[toScreen(result).stage].p99,
      rateNote: note(result),
    },
    result,
    resultFile: basename(file),
    scripts: ["charts.js"],
  };
  return htmlPage(page);
}
