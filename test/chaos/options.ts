import { randomInt } from "node:crypto";
import { parseOptions } from "../../packages/runtime/src/command.ts";
import { ConfigError } from "../../packages/runtime/src/env.ts";
import { KAFKAS, type Kafka } from "./broker.ts";
import type { Fault } from "./fault.ts";
import { FAULTS } from "./faults/index.ts";

export interface Options {
  help: boolean;
  faults: number;
  seed: number;
  kinds: Fault[];
  kafka: Kafka;
  short: boolean;
  json: boolean;
  keep: boolean;
}

export const HELP = `npm run chaos [-- options]: starts a system of its own in a temporary folder (PostgreSQL, a broker, one or two ingest
processes), publishes events all the time while months expire and users are erased, injects faults, and proves after
every ten of them, and at the end, that nothing was lost, doubled or miscounted. Status 1 on any deviation. Ctrl-C ends it.

  --faults N   how many (100)
  --seed N     draws the faults and what they do; one is drawn and printed when absent
  --kinds A,B  only these kinds
  --kafka X    embedded (the default), or apache: the real one, which needs Java 17 and once Maven
  --short      faults as short as they can be and still be what they are
  --json       the report as JSON on stdout
  --keep       keeps the folder with the data and the logs, which a deviation does anyway
  --help       this text

Kinds:
${FAULTS.map(({ kind, description }) => `  ${kind.padEnd(20)} ${description}`).join("\n")}
`;

function integer(name: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to)
    throw new ConfigError(
      `--${name}: expected an integer from ${from} to ${to}, got ${JSON.stringify(text)}`,
    );
  return value;
}

function kindNamed(name: string): Fault {
  const fault = FAULTS.find(({ kind }) => kind === name);
  if (!fault) throw new ConfigError(`--kinds: no kind ${JSON.stringify(name)}; --help lists them`);
  return fault;
}

function kafkaNamed(name: string): Kafka {
  const kafka = KAFKAS.find((known) => known === name);
  if (!kafka) throw new ConfigError(`--kafka: expected ${KAFKAS.join(" or ")}, got ${JSON.stringify(name)}`);
  return kafka;
}

export function readOptions(args: string[]): Options {
  const values = parse(args);
  return {
    help: values.help,
    faults: integer("faults", values.faults, 1, 100_000),
    seed:
      values.seed === undefined ? randomInt(1, 1_000_000) : integer("seed", values.seed, 0, 4_294_967_295),
    kafka: kafkaNamed(values.kafka),
    kinds: values.kinds === undefined ? [...FAULTS] : [...new Set(values.kinds.split(","))].map(kindNamed),
    short: values.short,
    json: values.json,
    keep: values.keep,
  };
}

function parse(args: string[]) {
  const flag = { type: "boolean", default: false } as const;
  return parseOptions({
    args,
    options: {
      faults: { type: "string", default: "100" },
      seed: { type: "string" },
      kinds: { type: "string" },
      kafka: { type: "string", default: "embedded" },
      short: flag,
      json: flag,
      keep: flag,
      help: flag,
    },
  }).values;
}
