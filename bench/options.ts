import { parseArgs } from "node:util";
import { ConfigError } from "../packages/runtime/src/env.ts";

/** The parts of the ingest bench, in the order in which they run. */
export const PARTS = ["baseline", "decode", "live", "spread", "fold"] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  help: boolean;
  names: string[];
  events: number;
  repeat: number;
  parts: Set<Part>;
  cpuProf: boolean;
  hints: boolean;
  nodeFlags: string[];
}

export const HELP = `Usage: npm run bench -- [ingest] [options]

Measures on embedded backends of its own, in a temporary folder that is removed at the end. Ctrl-C stops it.
Without a name, every bench runs. Results: the terminal, and bench/results/NAME-TIME.json.

  ingest          Kafka to rollups, beside the fastest way of writing the same rows and nothing else

Options:
  --events N      events in the topic (default 1000000)
  --repeat N      every part N times, medians reported (default 1)
  --parts LIST    of ${PARTS.join(",")} (default all)
  --cpu-prof      CPU profile of the ingest process into bench/results/, and its functions by self time
  --node-flags=F  flags of node for the ingest process, separated by spaces
  --hints         where PostgreSQL spends its time (pg_stat_statements, wait events); costs some speed
  --help          this text

Exits with 1 when a run fails or the audit of its database finds a difference; a missed bar is printed, not an error.
`;

function positive(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > max)
    throw new ConfigError(`--${name}: expected an integer from 1 to ${max}, got ${JSON.stringify(text)}`);
  return value;
}

export function readOptions(args: string[], benches: string[]): Options {
  const { values, positionals } = parse(args);
  const unknown = positionals.find((name) => !benches.includes(name));
  if (unknown) throw new ConfigError(`unknown bench ${unknown}; expected one of ${benches.join(", ")}`);
  const parts = (values.parts ?? PARTS.join(",")).split(",");
  const wrong = parts.find((part) => !PARTS.includes(part as Part));
  if (wrong !== undefined)
    throw new ConfigError(`--parts: expected some of ${PARTS.join(",")}, got ${JSON.stringify(wrong)}`);
  return {
    help: values.help ?? false,
    names: positionals,
    events: positive("events", values.events ?? "1000000", 20_000_000),
    repeat: positive("repeat", values.repeat ?? "1", 99),
    parts: new Set(parts as Part[]),
    cpuProf: values["cpu-prof"] ?? false,
    hints: values.hints ?? false,
    nodeFlags: (values["node-flags"] ?? "").split(" ").filter(Boolean),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        events: { type: "string" },
        repeat: { type: "string" },
        parts: { type: "string" },
        "cpu-prof": { type: "boolean" },
        hints: { type: "boolean" },
        "node-flags": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}; --help lists what there is`);
  }
}
