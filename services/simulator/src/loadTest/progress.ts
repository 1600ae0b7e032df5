/** What a run is at. */
export interface ProgressFacts {
  seconds: number;
  ofSeconds: number;
  phase: "warm-up" | "measuring" | "draining";
  rate: number;
  lag: number | null;
  p99: number | null;
  late: number;
}

const number = new Intl.NumberFormat("en");
const BAR = 24;
const LINE_EVERY_MS = 5_000;

/** `412 ms`, `8.0 s` */
export const formatMs = (ms: number | null): string =>
  ms === null
    ? "-"
    : ms < 10
      ? `${ms.toFixed(1)} ms`
      : ms < 1_000
        ? `${Math.round(ms)} ms`
        : `${(ms / 1_000).toFixed(1)} s`;

export function progressLine(facts: ProgressFacts): string {
  const { seconds, ofSeconds, phase, rate, lag, p99, late } = facts;
  const filled = Math.min(BAR, Math.round((seconds / ofSeconds) * BAR));
  const bar = `[${"#".repeat(filled)}${".".repeat(BAR - filled)}]`;
  const told = [
    `${phase} ${Math.floor(seconds)}/${Math.ceil(ofSeconds)} s`,
    `${number.format(Math.round(rate))}/s`,
    `lag ${lag === null ? "-" : number.format(lag)}`,
    `p99 ${formatMs(p99)}`,
    ...(late >= 10 ? [`generator late ${formatMs(late)}`] : []),
  ];
  return `${bar} ${told.join("  ")}`;
}

/** On a terminal one line that changes, else a line every five seconds; on stderr, the report goes to stdout. */
export class ProgressView {
  private readonly terminal: boolean;
  private lastLineAt = Number.NEGATIVE_INFINITY;

  constructor(terminal: boolean) {
    this.terminal = terminal;
  }

  show(text: string): void {
    if (this.terminal) process.stderr.write(`\r\u001b[K${text}`);
    else if (performance.now() - this.lastLineAt >= LINE_EVERY_MS) {
      this.lastLineAt = performance.now();
      process.stderr.write(`${text}\n`);
    }
  }

  /** A step that has begun. */
  say(text: string): void {
    process.stderr.write(this.terminal ? `\r\u001b[K${text}\n` : `${text}\n`);
  }

  clear(): void {
    if (this.terminal) process.stderr.write("\r\u001b[K");
  }
}
