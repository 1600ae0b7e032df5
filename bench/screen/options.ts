import { BROKERS, type BrokerKind } from "../support/brokers.ts";
import { Options } from "../support/options.ts";

export interface ScreenOptions {
  /** Events a second of everybody else, one run each. */
  rates: number[];
  /** Events that are timed in each run. */
  events: number;
  broker: BrokerKind;
  /** Minutes that a wall stays open at `wallRate`; 0 for none. */
  wallMinutes: number;
  wallRate: number;
}

export const SCREEN_HELP = `Usage: npm run bench -- screen [options]

Times events from kcat to the screen: two pages are open in Chromium, the dashboard narrowed to a category of one post,
and that post's own page. A time begins when kcat is started and ends with the frame that shows the count.
Needs kcat and Chromium (CHROMIUM_PATH, default /usr/bin/chromium).

  --rates N,N,...     events a second of everybody else, one run each (default 20,1000,5000)
  --events N          events that are timed in each run (default 200)
  --broker B          embedded or apache (default embedded)
  --wall-minutes N    afterwards, keep a wall open for so long and watch its memory (default 0: no wall)
  --wall-rate N       events a second while the wall is open (default 1000)
  --help              this text
`;

/** @returns undefined when help is asked for */
export function readScreenOptions(args: string[]): ScreenOptions | undefined {
  const options = new Options(args, {
    rates: "string",
    events: "string",
    broker: "string",
    "wall-minutes": "string",
    "wall-rate": "string",
  });
  if (options.flag("help")) return undefined;
  return {
    rates: options.integers("rates", [20, 1_000, 5_000], { to: 100_000 }),
    events: options.integer("events", 200, { to: 10_000 }),
    broker: options.one("broker", "embedded", BROKERS),
    wallMinutes: options.integer("wall-minutes", 0, { from: 0, to: 10_000 }),
    wallRate: options.integer("wall-rate", 1_000, { to: 100_000 }),
  };
}
