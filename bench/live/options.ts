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
  /** Whether the API is ended and started at the end, with everybody connected. */
  herd: boolean;
}

export const LIVE_HELP = `Usage: npm run bench -- live [options]

Opens many dashboards on one API process, four subscriptions each, two different filters, some of which read slowly, and
measures for each step how long a change takes to reach them, the bytes, CPU and memory a dashboard costs, and how fast
ingest is meanwhile. The clients run on the same machine.

  --dashboards N,...  (default 100,1000,3000,5000)
  --rates N,...       events a second (default 20,1000)
  --seconds N         of a step (default 20)
  --slow F            share that reads nothing, below 1 (default 0.05)
  --herd              at the end, restart the API with the most dashboards connected
  --help              this text
`;

/** @returns undefined when help is asked for */
export function readLiveOptions(args: string[]): LiveOptions | undefined {
  const options = new Options(args, {
    dashboards: "string",
    rates: "string",
    seconds: "string",
    slow: "string",
    herd: "boolean",
  });
  if (options.flag("help")) return undefined;
  return {
    dashboards: options.integers("dashboards", [100, 1_000, 3_000, 5_000], { to: 9_000 }),
    rates: options.integers("rates", [20, 1_000], { to: 100_000 }),
    seconds: options.integer("seconds", 20, { to: 3_600 }),
    slow: options.fraction("slow", 0.05, 0.99),
    herd: options.flag("herd"),
  };
}
