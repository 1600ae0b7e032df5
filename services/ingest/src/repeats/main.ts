import { parseTimestamp } from "@pulseboard/contract";
import {
  backendEnv,
  ConfigError,
  createPool,
  parseOptions,
  readEnv,
  runCommand,
  variables,
} from "@pulseboard/runtime";
import { print, withProgress } from "../rejected/output.ts";
import { formatRepeats } from "./format.ts";
import { listRepeats } from "./list.ts";

const HELP = `npm run repeats -- list [--since TIME] [--until TIME] [--limit N] [--json]

Lists engagements that may have been counted twice since a topic was made again, mirrored or moved to another cluster.
An event without an event_id of its own has one made of its topic, partition, offset and message time, so the same
event in another log is another event. Reads only; needs DATABASE_URL, or the \`npm start\` that runs here.

Suspects are engagements of equal post, type, user and time, each under a made id (UUIDv8). It is no proof: two readers without a user may engage in one millisecond, and an imported file may hold equal rows. A mirror
keeps the time of a message, so suspects of equal message time are the likelier ones. What was published again with
another time, and had none of its own, cannot be told from a new event and is not listed.

  --since, --until  engaged in [since, until); RFC 3339
  --limit N         groups listed, the latest first (10; at most 1000)
  --json            as JSON
  --help            this text`;

const MOST_LISTED = 1_000;

function timeOf(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const ms = parseTimestamp(text);
  if (Number.isNaN(ms)) throw new ConfigError(`${name}: expected an RFC 3339 time; see --help`);
  return new Date(ms);
}

function limitOf(text: string): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MOST_LISTED)
    throw new ConfigError(`--limit: expected an integer from 1 to ${MOST_LISTED}; see --help`);
  return limit;
}

await runCommand(async () => {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values, positionals } = parseOptions({
    options: { since: text, until: text, limit: { ...text, default: "10" }, json: flag, help: flag },
    allowPositionals: true,
  });
  if (values.help) return print(`${HELP}\n`);
  if (positionals.join(" ") !== "list") throw new ConfigError("expected list; see --help");
  const range = { since: timeOf("--since", values.since), until: timeOf("--until", values.until) };
  const limit = limitOf(values.limit);
  const env = await backendEnv(["DATABASE_URL"]);
  const { DATABASE_URL } = readEnv({ DATABASE_URL: variables.databaseUrl }, env);
  const pool = createPool({ databaseUrl: DATABASE_URL, applicationName: "pulseboard-repeats", max: 1 });
  try {
    const listing = await withProgress(
      () => "reading engagements",
      () => listRepeats(pool, range, limit),
    );
    await print(values.json ? `${JSON.stringify(listing, null, 2)}\n` : formatRepeats(listing));
  } finally {
    await pool.end();
  }
});
