import type { EndToEnd } from "./endToEnd.ts";
import { BAR, GOAL, type IngestResult } from "./ingestResult.ts";
import type { SelfTime } from "./profile.ts";
import { count, machineLine, median, table } from "./report.ts";

const middle = <T>(runs: T[], value: (run: T) => number): number => median(runs.map(value));
const micros = (value: number) => value.toFixed(2);
const percent = (share: number) => `${(100 * share).toFixed(1)}%`;

/** The table and the verdicts, as the terminal shows them. */
export function ingestReport(result: IngestResult): string {
  const { events, repeat, bytesPerEvent } = result;
  const sections = [
    machineLine(result.machine),
    `${count(events)} events${bytesPerEvent ? ` of ${Math.round(bytesPerEvent)} bytes` : ""}, ${repeat === 1 ? "one run" : `medians of ${repeat} runs`}`,
    rates(result),
    verdict(result.ratios),
    ceiling(result),
    ...(["live", "spread"] as const).map((times) => endToEnd(times, result[times])),
    folds(result),
    profile(result),
    hints(result),
  ];
  return `\n${sections.filter(Boolean).join("\n\n")}\n`;
}

function rates({ baseline, decode, live, spread }: IngestResult): string {
  const rows: string[][] = [];
  const cpu = (runs: { cpuMicros: Record<string, number> }[], process: string) =>
    micros(middle(runs, (run) => run.cpuMicros[process]!));
  const perSecond = (runs: { perSecond: number }[]) => count(middle(runs, (run) => run.perSecond));
  if (baseline.length)
    rows.push([
      "a  baseline: binary COPY",
      perSecond(baseline),
      cpu(baseline, "client"),
      "-",
      cpu(baseline, "postgresql"),
    ]);
  if (decode.length)
    rows.push([
      "b  fetch and decode only",
      perSecond(decode),
      cpu(decode, "client"),
      cpu(decode, "broker"),
      "-",
    ]);
  for (const [name, runs] of [
    ["c  ingest and folds, live timestamps", live],
    ["   the same, timestamps over 90 days", spread],
  ] as const) {
    if (!runs.length) continue;
    const used = (process: keyof EndToEnd["cpuSecondsPerMillion"]) =>
      micros(middle(runs, (run) => run.cpuSecondsPerMillion[process]));
    rows.push([name, perSecond(runs), used("ingest"), used("broker"), used("postgresql")]);
  }
  return rows.length
    ? table(["CPU: us an event = s a million events", "events/s", "client", "broker", "PostgreSQL"], rows)
    : "";
}

function verdict(ratios: number[]): string {
  if (!ratios.length) return "";
  const ratio = median(ratios);
  const all = ratios.length > 1 ? ` (${ratios.map((each) => each.toFixed(2)).join(" ")})` : "";
  const against = (bar: number) => (ratio >= bar ? "pass" : "MISS");
  return `c / a = ${ratio.toFixed(3)}${all}   bar ${BAR}: ${against(BAR)}   goal ${GOAL}: ${against(GOAL)}`;
}

/** What noise of other processes moves little: CPU an event, and the rate at which it fills the machine. */
function ceiling({ machine, baseline, live }: IngestResult): string {
  if (!live.length) return "";
  const total = (used: Record<string, number>) => Object.values(used).reduce((sum, each) => sum + each, 0);
  const c = middle(live, (run) => total(run.cpuSecondsPerMillion));
  const a = baseline.length ? middle(baseline, (run) => total(run.cpuMicros)) : undefined;
  const beside = a === undefined ? "" : `, a ${micros(a)} us (${(c / a).toFixed(1)} times less)`;
  return `CPU an event: c ${micros(c)} us${beside}; ${machine.cores} cores have ${count((machine.cores * 1e6) / c)} events/s of c`;
}

function endToEnd(times: string, runs: EndToEnd[]): string {
  if (!runs.length) return "";
  const of = (value: (run: EndToEnd) => number) => middle(runs, value);
  const batches = of((run) => run.batches);
  const split = (part: keyof EndToEnd["postgresqlSecondsPerMillion"]) =>
    micros(of((run) => run.postgresqlSecondsPerMillion[part]));
  const failed = runs.filter(({ audit }) => !audit.passed);
  return [
    `${times}: ${count(of((run) => run.seconds) * 1000)} ms, all stored after ${count(of((run) => run.storedSeconds) * 1000)} ms; ${count(batches)} batches of ${of((run) => (run.batchSeconds / run.batches) * 1000).toFixed(0)} ms, ` +
      `the writer busy ${percent(of((run) => run.batchSeconds / run.seconds))}; ${of((run) => run.deltasPerEvent).toFixed(2)} deltas an event; ` +
      `${count(of((run) => run.folds))} folds, ${percent(of((run) => run.foldSeconds / run.seconds))} of the time; other processes ${percent(of((run) => run.othersCpuShare))} of the busy CPU`,
    `PostgreSQL's CPU, us an event: writer ${split("writer")}, fold ${split("fold")}, others (WAL, checkpoints, vacuum, the watch) ${split("others")}`,
    `audit: ${failed.length ? `FAILED: ${failed[0]!.audit.verdict}` : `passed: ${runs.at(-1)!.audit.verdict}`}`,
  ].join("\n");
}

function folds({ fold }: IngestResult): string {
  if (!fold.length) return "";
  return table(
    ["fold of 10,000 live events, history of", "quarters", "ms", "posts", "us/post"],
    fold.map((cost) => [
      `${count(cost.history)} events`,
      count(cost.quarters),
      cost.milliseconds.toFixed(1),
      count(cost.posts),
      micros(cost.microsPerPost),
    ]),
  );
}

function profile({ profile }: IngestResult): string {
  if (!profile) return "";
  const rows = (times: SelfTime[]) =>
    times.map(({ where, share, milliseconds }) => [where, percent(share), count(milliseconds)]);
  return [
    table(["ingest, main thread, by area", "share", "ms"], rows(profile.areas)),
    table(["ingest, main thread, by self time", "share", "ms"], rows(profile.functions)),
  ].join("\n\n");
}

function hints({ hints }: IngestResult): string {
  if (!hints) return "";
  const rows = hints.statements.map((s) => [
    s.statement,
    count(s.ms),
    count(s.calls),
    count(s.rows),
    s.walMb.toFixed(1),
  ]);
  const waits = Object.entries(hints.waits).map(
    ([application, of]) =>
      `${application}: ${Object.entries(of)
        .map(([wait, share]) => `${wait} ${share}%`)
        .join(", ")}`,
  );
  return `${table(["statements of the last live run", "ms", "calls", "rows", "WAL MB"], rows)}\n\n${waits.join("\n")}`;
}
