import type { ParseArgsConfig } from "node:util";
import { MAX_ID, parseTimestamp, REJECT_REASONS, type RejectReason } from "@pulseboard/contract";
import { ConfigError, parseOptions } from "@pulseboard/runtime";
import { parseCoordinates } from "./coordinates.ts";
import type { Filter } from "./filter.ts";
import { parseSetting, type Setting } from "./mend.ts";

export type Options = { filter: Filter; limit: number } & (
  | { command: "list"; json: boolean }
  | { command: "show"; json: boolean; raw: boolean }
  | { command: "replay"; dryRun: boolean; again: boolean; settings: Setting[]; transform: string | undefined }
);

const FLAG = { type: "boolean", default: false } as const;
const TEXT = { type: "string" } as const;
const FILTERS = {
  reason: TEXT,
  topic: TEXT,
  partition: TEXT,
  since: TEXT,
  until: TEXT,
  post: TEXT,
  limit: TEXT,
  "not-replayed": FLAG,
} as const;

/** Events listed or shown when --limit is absent, and at most; a replay has no limit unless given. */
const SHOWN = 10;
const MOST_SHOWN = 1_000;
const MOST_REPLAYED = 1_000_000_000;
const MOST_COORDINATES = 1_000;
const MOST_SETTINGS = 20;

const wrong = (message: string) => new ConfigError(`${message}; see --help`);

const parse = <T extends ParseArgsConfig["options"]>(args: string[], options: T) =>
  parseOptions({ args, options, allowPositionals: true });

/** @throws ConfigError with one line that says what was expected */
export function readOptions([command, ...args]: string[]): Options {
  if (command === "list") {
    const { values, positionals } = parse(args, { ...FILTERS, json: FLAG });
    return { command, ...selection(values, positionals, SHOWN, MOST_SHOWN), json: values.json };
  }
  if (command === "show") {
    const { values, positionals } = parse(args, { ...FILTERS, json: FLAG, raw: FLAG });
    if (values.json && values.raw) throw wrong("--json, --raw: expected one of them");
    const found = selection(values, positionals, Math.max(SHOWN, positionals.length), MOST_SHOWN);
    return { command, ...found, json: values.json, raw: values.raw };
  }
  if (command === "replay") {
    const { values, positionals } = parse(args, {
      ...FILTERS,
      "dry-run": FLAG,
      again: FLAG,
      set: { type: "string", multiple: true, default: [] },
      transform: TEXT,
    });
    if (values.again && values["not-replayed"]) throw wrong("--again, --not-replayed: expected one of them");
    const found = selection(values, positionals, MOST_REPLAYED, MOST_REPLAYED);
    if (values.set.length > MOST_SETTINGS) throw wrong(`--set: expected at most ${MOST_SETTINGS}`);
    return {
      command,
      ...found,
      filter: { ...found.filter, notReplayed: !values.again },
      dryRun: values["dry-run"],
      again: values.again,
      settings: values.set.map(parseSetting),
      transform: values.transform,
    };
  }
  throw wrong(
    `expected list, show or replay${command === undefined ? "" : `, not ${JSON.stringify(command)}`}`,
  );
}

type Values = { [K in Exclude<keyof typeof FILTERS, "not-replayed">]?: string | undefined } & {
  "not-replayed": boolean;
};

function selection(values: Values, positionals: string[], limit: number, most: number) {
  if (positionals.length > MOST_COORDINATES) throw wrong(`expected at most ${MOST_COORDINATES} coordinates`);
  const now = Date.now();
  const filter: Filter = {
    reason: reasonOf(values.reason),
    topic: topicOf(values.topic),
    partition: integerOf("--partition", values.partition, 0, MAX_ID),
    since: timeOf("--since", values.since, now),
    until: timeOf("--until", values.until, now),
    post: integerOf("--post", values.post, 1, MAX_ID),
    notReplayed: values["not-replayed"],
    coordinates: positionals.map(parseCoordinates),
  };
  return { filter, limit: integerOf("--limit", values.limit, 1, most) ?? limit };
}

function reasonOf(text: string | undefined): RejectReason | undefined {
  const reason = REJECT_REASONS.find((known) => known === text);
  if (text !== undefined && !reason) throw wrong(`--reason: expected one of ${REJECT_REASONS.join(", ")}`);
  return reason;
}

function topicOf(text: string | undefined): string | undefined {
  if (text !== undefined && !/^[a-zA-Z0-9._-]{1,249}$/.test(text))
    throw wrong("--topic: expected a Kafka topic name");
  return text;
}

function integerOf(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw wrong(`${name}: expected an integer from ${min} to ${max}`);
  return value;
}

const UNITS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** An RFC 3339 time, or an age such as 15m. */
function timeOf(name: string, text: string | undefined, now: number): Date | undefined {
  if (text === undefined) return undefined;
  const age = /^(\d{1,6})([smhd])$/.exec(text);
  const ms = age ? now - Number(age[1]) * UNITS[age[2]!]! : parseTimestamp(text);
  if (Number.isNaN(ms))
    throw wrong(`${name}: expected an RFC 3339 time such as 2026-11-22T19:00:00Z, or an age such as 15m`);
  return new Date(ms);
}
