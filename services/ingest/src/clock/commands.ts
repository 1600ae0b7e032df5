import { ConfigError, parseOptions } from "@pulseboard/runtime";
import type { Pool } from "pg";
import { DatabaseClock } from "./databaseClock.ts";
import { type Difference, inWords, lengthOf, middleOf, standingOf, TOLERANCE_MS } from "./difference.ts";
import { type StoredReading, storedReadings } from "./readings.ts";

export type Command = "show" | "accept";

/** @returns undefined when help was asked for @throws ConfigError */
export function readCommand(args: string[]): Command | undefined {
  const { values, positionals } = parseOptions({
    args,
    options: { help: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  if (values.help) return undefined;
  const [command, surplus] = positionals;
  if (command !== "show" && command !== "accept")
    throw new ConfigError(
      `expected show or accept${command === undefined ? "" : `, not ${JSON.stringify(command)}`}; see --help`,
    );
  if (surplus !== undefined) throw new ConfigError(`unknown argument ${JSON.stringify(surplus)}; see --help`);
  return command;
}

interface Accepted {
  difference_ms: number;
  accepted_at: Date;
}

async function acceptedDifference(pool: Pool): Promise<Accepted | undefined> {
  const { rows } = await pool.query<Accepted>(
    "select difference_ms, accepted_at from accepted_clock_difference",
  );
  return rows[0];
}

const ofIngest = ({ source, difference }: StoredReading) => inWords(difference, `that of ingest ${source}`);

/** @returns lines */
export async function show(pool: Pool): Promise<string[]> {
  const clock = new DatabaseClock(pool);
  const now = await clock.read();
  const { rows } = await pool.query<{ windows: Date; as_of: Date }>(
    "select to_timestamp(window_minute * 60.0) as windows, as_of from stats",
  );
  const accepted = await acceptedDifference(pool);
  const { windows, as_of } = rows[0]!;
  const { difference, standing } = clock.latest!;
  const readings = await storedReadings(pool);
  return [
    `database  ${new Date(now).toISOString()}`,
    `this host ${new Date(now - middleOf(difference)).toISOString()}  ${standing === "agree" ? "the two agree" : inWords(difference)}`,
    `windows end with ${windows.toISOString()}, events are counted up to ${as_of.toISOString()}`,
    ...(readings.length > 0
      ? readings.map(
          (reading) =>
            `${standingOf(reading.difference, accepted?.difference_ms ?? null)}: ${ofIngest(reading)}`,
        )
      : ["no ingest that runs has a clock over 30 s from the database's"]),
    accepted
      ? `accepted ${accepted.accepted_at.toISOString()}: ${inWords(exactly(accepted.difference_ms), "ingest's")}, 5 minutes more or less`
      : "no difference is accepted",
  ];
}

const exactly = (ms: number): Difference => ({ low: ms, high: ms });

/**
 * Stores that the database's clock is right although ingest's host differs from it: by what the ingest processes that
 * run have found, or, when none does, by what this host finds.
 * @returns lines
 * @throws ConfigError when the processes differ from one another
 */
export async function accept(pool: Pool): Promise<string[]> {
  const clock = new DatabaseClock(pool);
  await clock.read();
  const accepted = await acceptedDifference(pool);
  const readings = await storedReadings(pool);
  const own = { source: "this host", difference: clock.latest!.difference };
  const apart = (readings.length > 0 ? readings : [own]).filter(({ difference }) =>
    ["accepted", "disagree"].includes(standingOf(difference, accepted?.difference_ms ?? null)),
  );
  if (apart.length === 0) return ["the clocks agree: there is nothing to accept"];
  const differences = apart.map(({ difference }) => middleOf(difference));
  const [least, most] = [Math.min(...differences), Math.max(...differences)];
  if (most - least > TOLERANCE_MS)
    throw new ConfigError(
      `ingest's hosts differ from one another by ${lengthOf(most - least)} (${apart.map(({ source }) => source).join(", ")}): expected one difference from the database; set their clocks first`,
    );
  const difference = Math.round((least + most) / 2);
  await pool.query(
    `insert into accepted_clock_difference (difference_ms) values ($1)
     on conflict (singleton) do update set difference_ms = excluded.difference_ms, accepted_at = clock_timestamp()`,
    [difference],
  );
  return [
    `accepted: ${inWords(exactly(difference), "ingest's")}. Windows and days follow the database's clock as long as it is so, 5 minutes more or less.`,
  ];
}
