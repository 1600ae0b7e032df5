import { Options } from "../support/options.ts";

export interface LiveOptions {
  /** Dashboards, one step each. */
  dashboards: number[];
  /** Events a second, one run each. */
  rates: number[];
  /** Seconds of one step. */
  seconds: number;
  /** Share of the dashboards that read nothing. */
  slow: number;
  /** Whether the highest rate of ingest is measured, with nobody connected and with all. */
  burst: boolean;
  /** Whether the API is ended and started at the end, with everybody connected. */
  herd: boolean;
  /** The program of Centrifugo that is measured beside it. */
  centrifugo: string | undefined;
  /** Whether the API is profiled. */
  cpuProf: boolean;
}

export const LIVE_HELP = `Usage: npm run bench -- live [options]

Opens many dashboards on one API process, four subscriptions each, two different filters, some of which read nothing, and
measures for each step how long a change takes to reach them, the bytes, CPU and memory a dashboard costs, and how fast
ingest is meanwhile. The clients run on the same machine.

  --dashboards N,...  (default 100,1000,3000,5000)
  --rates N,...       events a second (default 20,1000)
  --seconds N         of a step (default 20)
  --slow F            share that reads nothing, below 1 (default 0.05)
  --burst             the highest rate of ingest, with nobody connected and with the most dashboards
  --herd              at the end, restart the API with the most dashboards connected
  --centrifugo FILE   the same messages by Centrifugo v6 (go install github.com/centrifugal/centrifugo/v6@latest)
  --cpu-prof          CPU profile of the API into bench/results/; with --herd, of the one before the restart
  --help              this text
`;

/** @returns undefined when help is asked for */
export function readLiveOptions(args: string[]): LiveOptions | undefined {
  const options = new Options(args, {
    ...{ dashboards: "string", rates: "string", seconds: "string", slow: "string" },
    ...{ burst: "boolean", herd: "boolean", centrifugo: "string", "cpu-prof": "boolean" },
  } as const);
  if (options.flag("help")) return undefined;
  return {
    dashboards: options.integers("dashboards", [100, 1_000, 3_000, 5_000], { to: 9_000 }),
    rates: options.integers("rates", [20, 1_000], { to: 100_000 }),
    seconds: options.integer("seconds", 20, { to: 3_600 }),
    slow: options.fraction("slow", 0.05, 0.99),
    burst: options.flag("burst"),
    herd: options.flag("herd"),
    centrifugo: options.has("centrifugo") ? options.text("centrifugo", "") : undefined,
    cpuProf: options.flag("cpu-prof"),
  };
}
