import { MAX_SIMULATOR_RATE } from "@pulseboard/runtime";
import { Command } from "commander";
import { numberOption } from "./numberOption.ts";
import {
  atRate,
  lasting,
  readScenario,
  type Scenario,
  shippedScenarios,
  withFaults,
} from "./scenario/scenario.ts";
import { formatTimeOfWeek } from "./scenario/timeOfWeek.ts";

export interface SimulateOptions {
  /** Name of a shipped one, or a file; undefined for steady traffic without end. */
  scenario?: string;
  /** Messages a second; undefined for the scenario's, or SIMULATOR_RATE without one. */
  rate?: number;
  seed?: number;
  /** Seconds. */
  duration?: number;
  /** Percent; undefined for the scenario's. */
  duplicates?: number;
  broken?: number;
  topic?: string;
}

const percent = numberOption({ max: 100 });

function command(): Command {
  return new Command("npm run simulate --")
    .description("Publishes live traffic to the engagements topic until stopped (Ctrl-C).")
    .option(
      "--scenario <name>",
      `${shippedScenarios().join(", ")}, or a JSON file; ends by itself (default: steady, without end)`,
    )
    .option(
      "--rate <n>",
      "messages a second, fractions too; the highest rate of a scenario (default: the scenario's, else SIMULATOR_RATE, or 20)",
      numberOption({ above: 0, max: MAX_SIMULATOR_RATE }),
    )
    .option(
      "--seed <n>",
      "the same seed, scenario, rate and catalogue give the same sequence (default: the scenario's, or another each time)",
      numberOption({ max: 2 ** 32 - 1, integer: true }),
    )
    .option(
      "--duration <seconds>",
      "stop by itself; a scenario is stretched to it (default: only when stopped)",
      numberOption({ above: 0, max: 31_536_000 }),
    )
    .option("--duplicates <percent>", "repeat that many messages, ids and times unchanged", percent)
    .option("--broken <percent>", "make that many messages ones that ingest must reject", percent)
    .option("--topic <name>", "default: ENGAGEMENTS_TOPIC, or engagements")
    .showSuggestionAfterError(false)
    .addHelpText(
      "after",
      "\nNeeds DATABASE_URL and KAFKA_BROKERS, or a running `npm start`, whose own are taken then.",
    );
}

/** Ends the process with one clear line on a bad argument, and after --help. */
export function parseSimulateOptions(argv: readonly string[]): SimulateOptions {
  const program = command();
  const options = program.parse(argv, { from: "user" }).opts<SimulateOptions>();
  if ((options.duplicates ?? 0) + (options.broken ?? 0) > 100)
    program.error("error: --duplicates and --broken: expected at most 100 together");
  return options;
}

/**
 * The scenario that the options ask for.
 * @param usualRate messages a second without --scenario and --rate
 * @param now ms since the epoch: a run without a seed begins at this time of the week
 * @throws ConfigError
 */
export function scenarioOf(options: SimulateOptions, usualRate: number, now: number): Scenario {
  const { scenario: name, rate, duration, duplicates, broken, seed } = options;
  const base = readScenario(name ?? "steady");
  const atItsRate = rate ?? (name === undefined ? usualRate : undefined);
  const high = atItsRate === undefined ? base : atRate(base, atItsRate);
  // Without a name it goes on until stopped; steady has one point, which nothing stretches.
  const long =
    name === undefined
      ? { ...high, duration_seconds: duration ?? Number.POSITIVE_INFINITY }
      : lasting(high, duration ?? high.duration_seconds);
  // With a seed a run can be repeated; without one it follows the actual hours.
  const isRepeatable = seed !== undefined || base.seed !== undefined;
  const starts_at = base.starts_at ?? (isRepeatable ? undefined : formatTimeOfWeek(now));
  return withFaults({ ...long, ...(starts_at && { starts_at }) }, { repeats: duplicates, broken });
}
