import { count, machineLine, median, table } from "../support/report.ts";
import { MEMORY, type Sample } from "./sample.ts";
import type { SoakResult } from "./soakResult.ts";

const MB = 2 ** 20;
const mb = (bytes: number) => (Number.isNaN(bytes) ? "-" : count(bytes / MB));

/** A line a minute, and what becomes of the memory. */
export function soakReport(result: SoakResult): string {
  const { machine, broker, rate, peak, minutes, sent, audit } = result;
  const share = peak ? `, ${((100 * rate) / peak).toFixed(0)}% of a peak of ${count(peak)}` : "";
  const sections = [
    machineLine(machine),
    `soak: ${count(rate)} events/s${share}, for ${minutes} minutes, ${broker} broker; ${count(sent)} events, each counted once`,
    byMinute(result.samples),
    flatness(result),
    audit ? `audit: ${audit.passed ? "exact" : "FAILED"}: ${audit.verdict}` : "audit: left out",
  ];
  return `\n${sections.join("\n\n")}\n`;
}

const HEADER = [
  "minute",
  "events/s",
  "lag, most",
  "age of counts, ms: median",
  "most",
  ...MEMORY.map((of) => `${of} MB`),
  "CPU us/event",
  "disk MB: broker",
  "PostgreSQL",
];

function byMinute(samples: readonly Sample[]): string {
  const rows: string[][] = [];
  // The first is from before the load.
  let [before, ...during] = samples as [Sample, ...Sample[]];
  for (const minute of new Set(during.map(minuteOf))) {
    const within = during.filter((sample) => minuteOf(sample) === minute);
    const last = within.at(-1)!;
    const of = (value: (sample: Sample) => number) => within.map(value);
    const stored = last.stored - before.stored;
    rows.push([
      String(minute + 1),
      count(stored / (last.seconds - before.seconds)),
      count(Math.max(...of(({ lag }) => lag))),
      count(median(of(({ freshnessMs }) => freshnessMs))),
      count(Math.max(...of(({ freshnessMs }) => freshnessMs))),
      ...MEMORY.map((process) => mb(median(of(({ memory }) => memory[process])))),
      (((cpuOf(last) - cpuOf(before)) * 1e6) / stored).toFixed(1),
      mb(last.disk.broker),
      mb(last.disk.postgresql),
    ]);
    before = last;
  }
  return table(HEADER, rows);
}

const minuteOf = ({ seconds }: Sample): number => Math.max(0, Math.ceil(seconds / 60 - 0.01) - 1);

/** Of all that serves the events; the producer is the bench's own. */
const cpuOf = ({ cpu }: Sample): number => cpu.ingest + cpu.broker + cpu.postgresql;

function flatness({ flatness }: SoakResult): string {
  if (flatness.length === 0) return "too few samples to judge whether memory is flat";
  return table(
    ["memory, the last two thirds", "mean MB", "MB an hour", "growth", ""],
    flatness.map(({ of, meanBytes, bytesAnHour, growth, flat }) => [
      of,
      mb(meanBytes),
      (bytesAnHour / MB).toFixed(1),
      `${(100 * growth).toFixed(1)}%`,
      flat ? "flat" : "GROWS",
    ]),
  );
}
