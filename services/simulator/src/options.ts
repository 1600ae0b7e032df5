import { MAX_SIMULATOR_RATE } from "@pulseboard/runtime";
import { Command } from "commander";
import { numberOption } from "./numberOption.ts";

export interface SimulateOptions {
  /** Messages a second; undefined for SIMULATOR_RATE. */
  rate?: number;
  seed?: number;
  /** Seconds. */
  duration?: number;
  duplicates: number;
  broken: number;
  topic?: string;
}

const percent = numberOption({ max: 100 });

function command(): Command {
  return new Command("npm run simulate --")
    .description("Publishes live traffic to the engagements topic until stopped (Ctrl-C).")
    .option(
      "--rate <n>",
      "messages a second, fractions too (default: SIMULATOR_RATE, or 20)",
      numberOption({ above: 0, max: MAX_SIMULATOR_RATE }),
    )
    .option(
      "--seed <n>",
      "the same seed, rate and catalogue give the same sequence (default: another each time)",
      numberOption({ max: 2 ** 32 - 1, integer: true }),
    )
    .option(
      "--duration <seconds>",
      "stop by itself (default: only when stopped)",
      numberOption({ above: 0, max: 31_536_000 }),
    )
    .option("--duplicates <percent>", "repeat that many messages, ids and times unchanged", percent, 0)
    .option("--broken <percent>", "make that many messages ones that ingest must reject", percent, 0)
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
  if (options.duplicates + options.broken > 100)
    program.error("error: --duplicates and --broken: expected at most 100 together");
  return options;
}
