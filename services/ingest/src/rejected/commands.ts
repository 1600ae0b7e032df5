import {
  backendEnv,
  ConfigError,
  checkDatabase,
  createPool,
  kafkaVariables,
  readEnv,
  variables,
} from "@pulseboard/runtime";
import type { Pool } from "pg";
import { NEVER_REPLAYED } from "./amend.ts";
import { formatCoordinates } from "./coordinates.ts";
import { formatListing, jsonOf, list, type ReasonRow } from "./list.ts";
import { createMend } from "./mend.ts";
import type { Options } from "./options.ts";
import { number, print, reading, withProgress } from "./output.ts";
import { asciiJson, printable } from "./printable.ts";
import { connectPublisher } from "./publisher.ts";
import { replay, type Tally } from "./replay.ts";
import { show } from "./show.ts";

/** Of a payload in an example of a dry run. */
const SHOWN_BYTES = 500;

/** Runs the command on the database, and for a replay the brokers, of the environment or of the system that runs. */
export async function run(options: Options): Promise<void> {
  if (options.command === "replay") return runReplay(options);
  const env = await backendEnv(["DATABASE_URL"]);
  const { DATABASE_URL } = readEnv({ DATABASE_URL: variables.databaseUrl }, env);
  await withPool(DATABASE_URL, async (pool) => {
    if (options.command === "show") return show(pool, options);
    const listing = await reading(() => list(pool, options.filter, options.limit));
    await print(options.json ? `${asciiJson(jsonOf(listing), 2)}\n` : formatListing(listing));
  });
}

async function runReplay(options: Extract<Options, { command: "replay" }>): Promise<void> {
  const { filter, limit, dryRun, settings, transform } = options;
  const mendsAny = transform !== undefined;
  if (filter.reason && NEVER_REPLAYED.has(filter.reason) && !mendsAny)
    throw new ConfigError(
      `${filter.reason}: not replayed, its bytes would be refused again; --transform can mend them, see --help`,
    );
  const mend = await createMend(settings, transform);
  const env = await backendEnv(dryRun ? ["DATABASE_URL"] : ["DATABASE_URL", "KAFKA_BROKERS"]);
  const { DATABASE_URL } = readEnv({ DATABASE_URL: variables.databaseUrl }, env);
  const kafka = dryRun ? undefined : readEnv(kafkaVariables, env);

  const tally: Tally = { published: 0, skipped: new Map(), prepared: 0, examples: [] };
  const verb = dryRun ? "would be replayed" : "replayed";
  await withPool(DATABASE_URL, async (pool) => {
    const { reasons } = await reading(() => list(pool, filter, 1));
    const found = reasons.reduce((sum, { count }) => sum + count, 0);
    await print(plan(reasons, found, limit, kafka?.KAFKA_BROKERS));
    const publisher = kafka && (await connectPublisher(kafka));
    const send = publisher ? publisher.send : async () => {};
    try {
      await withProgress(
        () => `${number(tally.published)} ${verb}`,
        () => replay(pool, { filter, limit, dryRun, mend, mendsAny, send, tally }),
      );
      const left = Math.min(found, limit) - tally.published - total(tally.skipped);
      if (left > 0) await print(`${number(left)} left to a replay that runs at the same time\n`);
    } finally {
      // What is done is done, also when the next page failed.
      await print(`${number(tally.published)} ${verb}\n`);
      for (const [why, count] of tally.skipped) await print(`${number(count)} skipped: ${why}\n`);
      if (mend && tally.prepared > 0)
        await print(
          `${number(tally.prepared)} of them as an earlier replay prepared them, without --set and --transform\n`,
        );
      for (const { at, before, after } of tally.examples)
        await print(
          `for example ${formatCoordinates(at)}\n  from ${shown(before)}\n  to   ${shown(after)}\n`,
        );
      await publisher?.close();
    }
  });
}

const shown = (payload: Buffer): string => printable(payload.subarray(0, SHOWN_BYTES));

const total = (counts: Map<string, number>): number => [...counts.values()].reduce((sum, n) => sum + n, 0);

function plan(reasons: ReasonRow[], found: number, limit: number, brokers: string[] | undefined): string {
  const each = reasons.map(({ reason, count }) => `${reason} ${number(count)}`).join(", ");
  const most = found > limit ? `, the first ${number(limit)} of them` : "";
  const to = brokers ? `to ${brokers.join(", ")}` : "nothing is published";
  const match = found === 1 ? "rejected event matches" : "rejected events match";
  return `${number(found)} ${match}${each ? ` (${each})` : ""}${most}; ${to}\n`;
}

async function withPool(databaseUrl: string, body: (pool: Pool) => Promise<void>): Promise<void> {
  await checkDatabase(databaseUrl);
  const pool = createPool({ databaseUrl, applicationName: "pulseboard-rejected", max: 2 });
  try {
    await body(pool);
  } finally {
    await pool.end();
  }
}
