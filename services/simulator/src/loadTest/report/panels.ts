import { maxOf } from "../maxOf.ts";
import type { Stage } from "../measure/stages.ts";
import { formatMs } from "../progress.ts";
import { EXIT_STATUS, type LoadTestResult } from "../result.ts";
import type { JudgedThreshold } from "../thresholds.ts";
import { accountRows } from "./accountRows.ts";
import type { Difference } from "./compare.ts";
import { escapeHtml, key, mark, type Panel } from "./html.ts";
import { isMoot, narrowPlace, whole } from "./words.ts";

/** How the four moments are shown, in their order. */
export interface StageLook {
  stage: Stage;
  /** A custom property of page.css. */
  colour: string;
  name: string;
  where(result: LoadTestResult): string;
}

export const STAGE_LOOKS: readonly StageLook[] = [
  {
    stage: "acknowledged",
    colour: "acked",
    name: "Acknowledged",
    where: ({ via }) => (via === "http" ? "by POST /events" : "by Kafka"),
  },
  { stage: "stored", colour: "stored", name: "Stored", where: () => "in PostgreSQL" },
  { stage: "counted", colour: "counted", name: "Counted", where: () => "in a stats version" },
  {
    stage: "screen",
    colour: "screen",
    name: "On screen",
    where: ({ dashboards }) => `of ${dashboards === 1 ? "the dashboard" : `all ${dashboards} dashboards`}`,
  },
];

const UNITS: [RegExp, (value: number) => string][] = [
  [/^(p\d+|max)\.|^freshness\.|^generator\.late/, (value) => formatMs(value)],
  [/^lag\.slope|^rate\./, (value) => `${value} /s`],
];
const shownValue = ({ threshold, measured }: JudgedThreshold): string => {
  if (measured === null) return "-";
  const [, say] = UNITS.find(([path]) => path.test(threshold)) ?? [];
  return say ? say(measured) : whole(measured);
};

function thresholdRow(result: LoadTestResult, judged: JudgedThreshold): string {
  const { threshold, measured, met } = judged;
  const moot = isMoot(result, judged);
  const level = moot ? "void" : met ? "ok" : "miss";
  const [, operator, boundText] = threshold.split(" ");
  const bound = Number(boundText);
  // The bound stands in the middle.
  const share =
    operator?.startsWith("<") && bound > 0 && measured !== null ? Math.max(0, (50 * measured) / bound) : null;
  const meter =
    share === null
      ? ""
      : `<span class="meter" style="--own:${moot ? 0 : Math.min(100, share).toFixed(1)}%;--at:50%"><i></i><u></u></span>`;
  const word = moot ? "not judged" : `${mark(level)}${met ? "met" : "missed"}`;
  return `<tr data-level="${level}"><td><code>${escapeHtml(threshold)}</code><td class="n strong">${shownValue(judged)}<td class="hide-s">${meter}<td class="n" style="width:5.5rem"><span class="out"${moot ? ' style="color:var(--muted)"' : ""}>${word}</span>`;
}

export function thresholdsPanel(result: LoadTestResult): Panel {
  const { thresholds, verdict } = result;
  const missed = thresholds.filter(({ met }) => !met).length;
  const status = `exit status ${EXIT_STATUS[verdict]}`;
  const note =
    verdict === "invalid"
      ? `not judged: the generator’s own was missed; ${status}`
      : `${missed ? `${missed} of ${thresholds.length} missed` : "all met"}; ${status}`;
  const rows = thresholds.map((judged) => thresholdRow(result, judged)).join("");
  return {
    id: "thresholds",
    columns: 6,
    title: "Thresholds",
    note,
    body: `<table><thead><tr><th>Threshold<th class="n">Measured<th class="hide-s" style="width:30%">and its bound<th></thead><tbody>${rows}</tbody></table>`,
  };
}

const COLUMNS = ["p50", "p90", "p99", "p999", "max"] as const;
/** Where there is no room. */
const HIDDEN = new Set<string>(["p90", "p999"]);

export function figuresPanel(
  result: LoadTestResult,
  stages: readonly StageLook[],
  differences: readonly Difference[],
): Panel {
  const cell = (stage: Stage, name: (typeof COLUMNS)[number]) =>
    `<td class="n${name === "p99" ? " strong" : ""}${HIDDEN.has(name) ? " hide-s" : ""}">${formatMs(result.latency_ms[stage][name])}`;
  const rows = stages
    .map(
      ({ stage, colour, name, where }) =>
        `<tr><td style="height:2.75rem;line-height:1.125rem">${key(colour, `<b>${name}</b>`)}<br><span class="muted" style="font-size:var(--t-small)">${where(result)}</span>${COLUMNS.map((column) => cell(stage, column)).join("")}`,
    )
    .join("");
  const head = COLUMNS.map(
    (name) => `<th class="n${HIDDEN.has(name) ? " hide-s" : ""}">${name === "p999" ? "p99.9" : name}`,
  ).join("");
  const below = differences.length
    ? `<table style="margin-top:var(--s4)"><thead><tr><th>p99, against the earlier run<th class="n">then<th class="n">now<th class="n">difference</thead><tbody>${differences
        .map(
          (each) =>
            `<tr><td>${each.name}<td class="n muted">${each.before}<td class="n">${each.now}<td class="n strong">${each.percent}`,
        )
        .join("")}</tbody></table>`
    : '<p class="muted" style="margin-top:var(--s4);text-wrap:pretty">Latency counts from the moment an event was meant to be sent, so waiting in the generator is in it.</p>';
  return {
    id: "table",
    columns: 5,
    title: "The same as figures",
    note: "HDR histogram, 3 digits",
    isMeasured: true,
    body: `<table><thead><tr><th>From intended time to${head}</thead><tbody>${rows}</tbody></table>${below}`,
  };
}

function sparkline(values: readonly number[], max: number, colour: string): string {
  const last = Math.max(1, values.length - 1);
  const points = values.map(
    (value, index) => `${((100 * index) / last).toFixed(1)} ${(21 - (19 * value) / (max || 1)).toFixed(1)}`,
  );
  const drawn = points.length > 1 ? `M${points.join("L")}` : "";
  return `<span class="mini"><svg viewBox="0 0 100 22" preserveAspectRatio="none" aria-hidden="true"><path d="${drawn}" fill="none" stroke="var(--${colour})" stroke-width="1.5" vector-effect="non-scaling-stroke"/><path d="M0 21.5H100" stroke="var(--line)" vector-effect="non-scaling-stroke"/></svg></span>`;
}

const GIB = 2 ** 30;

export function processesPanel(result: LoadTestResult): Panel {
  const { processes, database_bytes: bytes, counted } = result;
  const narrow = narrowPlace(result);
  const maxCpu = Math.max(1, maxOf(processes.flatMap(({ cpu }) => cpu)) ?? 1);
  const maxMemory = Math.max(1, maxOf(processes.flatMap(({ memory }) => memory)) ?? 1);
  const percent = (cores: number) => `${Math.round(cores * 100)}%`;
  const rows = processes.map(
    ({ name, cpu_cores, cpu_cores_max, cpu, memory, memory_mb }) =>
      `<tr><td>${escapeHtml(name)}<td>${sparkline(cpu, maxCpu, name === narrow ? "bad" : "screen")}<td class="n strong">${percent(cpu_cores)}<td class="n muted hide-s">${percent(cpu_cores_max)}<td class="hide-s">${sparkline(memory, maxMemory, "acked")}<td class="n">${whole(memory_mb)} MiB`,
  );
  const sum = processes.reduce((total, { cpu_cores }) => total + cpu_cores, 0);
  const grown = (bytes.after ?? 0) - bytes.before;
  const perEvent =
    counted > 0 && grown > 0 ? `, ${whole(grown / counted)} bytes an event with its indexes and rollups` : "";
  return {
    id: "cpu",
    columns: 6,
    title: "Processes",
    note: processes.length
      ? narrow
        ? `narrow: ${escapeHtml(narrow)}, all of one core`
        : `none is at its end: ${sum.toFixed(1)} cores in all`
      : "not visible from here",
    body: `<table><thead><tr><th>Process<th style="width:22%">CPU, of one core<th class="n">mean<th class="n hide-s">max<th class="hide-s" style="width:22%">Memory<th class="n">end</thead><tbody>${rows.join("")}</tbody></table><p class="muted" style="margin-top:var(--s3)">PostgreSQL’s files: ${(bytes.before / GIB).toFixed(2)} GiB before, ${bytes.after === null ? "not known" : `${(bytes.after / GIB).toFixed(2)} GiB`} after${perEvent}.</p>`,
  };
}

export function accountPanel(result: LoadTestResult): Panel {
  const { missing, doubled, account } = result;
  const rows = accountRows(result).map(([name = "", value = ""]) =>
    name.startsWith("  ")
      ? `<dt class="in">${escapeHtml(name.trim())}</dt><dd class="muted">${value}</dd>`
      : `<dt class="sum">${escapeHtml(name)}</dt><dd class="sum">${value}</dd>`,
  );
  const isRight = result.verdict !== "wrong" && missing === 0 && doubled === 0;
  const ids = [...account.missing_ids, ...account.doubled_ids];
  const named = ids.length
    ? `<p class="muted" style="margin-top:var(--s2)">${ids.map((id) => `<code>${escapeHtml(id)}</code>`).join(" ")}</p>`
    : "";
  return {
    id: "audit",
    columns: 6,
    title: "The account",
    note: "each event looked up by its id, after the last one",
    body: `<dl class="account" data-level="${isRight ? "ok" : "miss"}">${rows.join("")}<dt class="end"><span class="out">${mark(isRight ? "ok" : "miss")}${isRight ? "each exactly once" : "not each exactly once"}: ${whole(missing)} missing, ${whole(doubled)} twice</span></dt><dd class="muted">${result.drained ? "" : "not all had arrived"}</dd></dl>${named}`,
  };
}
