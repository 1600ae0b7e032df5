import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "@pulseboard/runtime";
import { z } from "zod";
import { TIME_OF_WEEK } from "./timeOfWeek.ts";

const FOLDER = fileURLToPath(new URL("../../scenarios/", import.meta.url));
const MAX_FILE_BYTES = 1_000_000;
const WEEK_SECONDS = 7 * 86_400;
/** Events a second that a scenario can ask for at most. */
export const MAX_RATE = 1_000_000;

const number = (min: number, max: number) =>
  z.number(`expected a number from ${min} to ${max}`).refine((value) => value >= min && value <= max, {
    error: `expected a number from ${min} to ${max}`,
  });
const integer = (min: number, max: number) =>
  z
    .number(`expected an integer from ${min} to ${max}`)
    .refine((value) => Number.isInteger(value) && value >= min && value <= max, {
      error: `expected an integer from ${min} to ${max}`,
    });
const text = (max: number) =>
  z
    .string(`expected a text of 1 to ${max} characters`)
    .refine((value) => value.length >= 1 && value.length <= max, {
      error: `expected a text of 1 to ${max} characters`,
    });
const percent = number(0, 100);
const seconds = number(0, WEEK_SECONDS);

const ratePoint = z.strictObject({ at_seconds: seconds, events_per_second: number(0, MAX_RATE) });

/** What happens at a time of the run; shown as a mark on time axes. */
const scenarioEvent = z.strictObject({
  at_seconds: seconds,
  /** `breaking-news` publishes a post that draws readers away; the others are marks only. */
  kind: z.enum(["spike", "breaking-news", "mark"], "expected spike, breaking-news or mark"),
  label: text(80),
  /** breaking-news: of all events at its height. */
  share_percent: number(0, 90).optional(),
  /** breaking-news: the share is halved after this time, and again after as long. */
  half_life_seconds: number(1, WEEK_SECONDS).optional(),
});

const schema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9-]{1,40}$/, "expected 1 to 40 of a-z, 0-9 and -"),
    description: text(500),
    /** The seed of the run, where none is given otherwise. */
    seed: integer(0, 2 ** 32 - 1).optional(),
    duration_seconds: number(0.1, WEEK_SECONDS),
    /** Linear between points; two points at one time are a step. After the last point its rate holds. */
    rate: z.array(ratePoint).min(1, "expected at least one point").max(1_000, "expected at most 1000 points"),
    /** `week`: the rate times the hour's share of a week of readers, whose mean is 1. */
    curve: z.enum(["flat", "week"], "expected flat or week").default("flat"),
    /** Day and time of the week, in UTC, at which the run begins, for the curves. */
    starts_at: z
      .string()
      .regex(TIME_OF_WEEK, "expected a day and a time of the week, as Mon 08:00")
      .optional(),
    new_posts_per_hour: number(0, 36_000).default(0),
    /** Of all messages: earlier ones again, byte for byte. */
    repeats_percent: percent.default(0),
    /** Of all messages: engagements that happened earlier than they are sent. */
    late_percent: percent.default(0),
    /** How much earlier, on average. */
    late_by_seconds: number(1, 86_400).default(600),
    /** Of all messages: ones that ingest must reject. */
    broken_percent: percent.default(0),
    bots: z
      .strictObject({
        /** How many users of the catalogue are bots. */
        users: integer(1, 1_000),
        /** Of all engagements, how many are theirs. */
        percent,
      })
      .optional(),
    cascades: z
      .strictObject({
        /** Views that a share of a usual post brings, on average. */
        views_per_share: number(0, 20),
        /** How long after the share, on average. */
        delay_seconds: number(0.1, 86_400),
      })
      .optional(),
    events: z.array(scenarioEvent).max(100, "expected at most 100 events").default([]),
    /** Conditions on the load test's report, such as `p99.screen<1000`. */
    thresholds: z.array(text(200)).max(50, "expected at most 50 thresholds").optional(),
  })
  .superRefine(({ rate, events, duration_seconds, ...shares }, context) => {
    const wrong = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    if (rate[0]?.at_seconds !== 0) wrong(["rate", 0, "at_seconds"], "expected 0 for the first point");
    for (const [index, { at_seconds }] of rate.entries())
      if (at_seconds < (rate[index - 1]?.at_seconds ?? 0))
        wrong(["rate", index, "at_seconds"], "expected no time before the point above it");
    for (const [index, { at_seconds }] of events.entries())
      if (at_seconds > duration_seconds)
        wrong(
          ["events", index, "at_seconds"],
          `expected a time within duration_seconds, ${duration_seconds}`,
        );
    if (faultsPercent(shares) > 100)
      wrong(["repeats_percent"], "expected at most 100 together with late_percent and broken_percent");
  });

type Faults = "repeats_percent" | "late_percent" | "broken_percent";
const faultsPercent = (shares: Record<Faults, number>): number =>
  shares.repeats_percent + shares.late_percent + shares.broken_percent;

/** What traffic to make, and how it changes; the README of the simulator documents every member. */
export type Scenario = z.infer<typeof schema>;

/** Names of the scenarios that come with Pulseboard. */
export const shippedScenarios = (): string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json"))
    .map((file) => basename(file, ".json"))
    .sort();

/**
 * @param origin where the value comes from, for the error
 * @throws ConfigError naming the first field that is wrong, and what was expected
 */
export function parseScenario(value: unknown, origin: string): Scenario {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index ? "." : ""}${String(part)}`))
    .join("");
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const message = unknown === undefined ? issue?.message : `unknown field ${JSON.stringify(unknown)}`;
  throw new ConfigError(`${origin}: ${field ? `${field}: ` : ""}${message}`);
}

/**
 * Reads a scenario: the name of one that comes with Pulseboard, or the path of a JSON file.
 * @throws ConfigError
 */
export function readScenario(fileOrName: string): Scenario {
  const isShipped = shippedScenarios().includes(fileOrName);
  const path = isShipped ? join(FOLDER, `${fileOrName}.json`) : fileOrName;
  const expected = `expected a JSON file, or one of ${shippedScenarios().join(", ")}`;
  let content: string;
  try {
    if (statSync(path).size > MAX_FILE_BYTES)
      throw new ConfigError(`scenario ${fileOrName}: expected at most ${MAX_FILE_BYTES} bytes`);
    content = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(
      `scenario ${JSON.stringify(fileOrName)}: ${expected} (${(error as Error).message})`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new ConfigError(`scenario ${fileOrName}: expected JSON: ${(error as Error).message}`);
  }
  return parseScenario(value, `scenario ${fileOrName}`);
}

/** The same shape with another height: the highest rate of the points becomes `eventsPerSecond`. */
export function atRate(scenario: Scenario, eventsPerSecond: number): Scenario {
  const highest = Math.max(...scenario.rate.map((point) => point.events_per_second));
  const scaled = (rate: number) => (highest > 0 ? (rate * eventsPerSecond) / highest : eventsPerSecond);
  return {
    ...scenario,
    rate: scenario.rate.map((point) => ({ ...point, events_per_second: scaled(point.events_per_second) })),
  };
}

/** The same shape stretched or shortened to another duration. */
export function lasting(scenario: Scenario, durationSeconds: number): Scenario {
  const stretched = <T extends { at_seconds: number }>(point: T): T => ({
    ...point,
    at_seconds: (point.at_seconds * durationSeconds) / scenario.duration_seconds,
  });
  return {
    ...scenario,
    duration_seconds: durationSeconds,
    rate: scenario.rate.map(stretched),
    events: scenario.events.map(stretched),
  };
}

/**
 * The same traffic with other shares of faults; undefined leaves one as it is.
 * @throws ConfigError when there would be more than all
 */
export function withFaults(
  scenario: Scenario,
  {
    repeats = scenario.repeats_percent,
    broken = scenario.broken_percent,
  }: Partial<Record<"repeats" | "broken", number | undefined>>,
): Scenario {
  const changed = { ...scenario, repeats_percent: repeats, broken_percent: broken };
  if (faultsPercent(changed) > 100)
    throw new ConfigError(
      `repeated, broken and late messages: expected at most 100 percent together, got ${faultsPercent(changed)}`,
    );
  return changed;
}
