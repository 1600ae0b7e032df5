import { variables } from "@pulseboard/runtime";
import { Command, InvalidArgumentError, Option } from "commander";
import { numberOption } from "../numberOption.ts";
import { shippedScenarios } from "../scenario/scenario.ts";
import { parseThreshold, type Threshold } from "./thresholds.ts";

export const MAX_RATE = 500_000;
/** Of the measured time: lag is measured second by second. */
export const LEAST_SECONDS = 1;

export interface LoadTestOptions {
  /** Events a second; with findMax the first that is tried. */
  rate?: number;
  /** Seconds that are measured; undefined for the scenario's own, or 60. */
  duration?: number;
  /** Seconds before them. */
  warmUp: number;
  /** Seconds after them for what is still under way. */
  drain: number;
  scenario?: string;
  via: "kafka" | "http";
  url?: string;
  topic?: string;
  dashboards: number;
  seed?: number;
  threshold: Threshold[];
  compare?: string;
  json?: string;
  html?: string;
  audit: boolean;
  findMax: boolean;
  /** ms, of findMax. */
  maxP99: number;
  /** Events a second, of findMax. */
  maxRate: number;
}

function threshold(text: string, before: Threshold[]): Threshold[] {
  if (before.length === 50) throw new InvalidArgumentError("Expected at most 50.");
  try {
    return [...before, parseThreshold(text)];
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

function url(text: string): string {
  const isUrl = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!isUrl) throw new InvalidArgumentError("Expected an address such as http://127.0.0.1:8000.");
  return text;
}

function topic(text: string): string {
  const { success, error } = variables.topic.safeParse(text);
  if (!success) throw new InvalidArgumentError(`${error.issues[0]!.message}.`);
  return text;
}

const FIND_MAX_SECONDS = { duration: 20, warmUp: 5 };

function command(): Command {
  const seconds = (max: number) => numberOption({ max });
  return new Command("npm run load-test --")
    .description(
      "Sends load by an open model, each event at its time whatever became of those before, and measures from that time to the screen.",
    )
    .option(
      "--rate <n>",
      "events a second; with --scenario its highest",
      numberOption({ above: 0, max: MAX_RATE }),
    )
    .option(
      "--scenario <name|file>",
      `traffic that changes: ${shippedScenarios().join(", ")}, or a JSON file`,
    )
    .option(
      "--duration <seconds>",
      "measured time (default: the scenario's, or 60; 20 a step with --find-max)",
      numberOption({ min: LEAST_SECONDS, max: 86_400 }),
    )
    .option(
      "--warm-up <seconds>",
      "before it, rising to the rate (default: 10; 5 with --find-max)",
      seconds(600),
    )
    .option("--drain <seconds>", "afterwards, at most, for what is under way", seconds(3_600), 60)
    .addOption(new Option("--via <way>", "how events are sent").choices(["kafka", "http"]).default("kafka"))
    .option("--url <address>", "of the API (default: of the `npm start` that runs here)", url)
    .option(
      "--dashboards <n>",
      "open so many dashboards, by which the screen is measured",
      numberOption({ max: 1_000, integer: true }),
      20,
    )
    .option("--threshold <text>", "e.g. 'p99.screen<1000', repeatable", threshold, [])
    .option("--compare <file>", "the JSON of an earlier run")
    .option("--json <file>", "default: load-test-results/TIME.json")
    .option("--html <file>", "default: load-test-results/TIME.html")
    .option("--seed <n>", "the same events again", numberOption({ max: 2 ** 32 - 1, integer: true }))
    .option("--topic <name>", "over Kafka (default: ENGAGEMENTS_TOPIC, or engagements)", topic)
    .option("--no-audit", "leave out npm run audit at the end, which reads all engagements")
    .option("--find-max", "search for the highest rate that holds", false)
    .option(
      "--max-p99 <ms>",
      "with --find-max: p99 to the screen",
      numberOption({ above: 0, max: 600_000 }),
      1_000,
    )
    .option(
      "--max-rate <n>",
      "with --find-max: not above",
      numberOption({ above: 0, max: MAX_RATE }),
      200_000,
    )
    .showSuggestionAfterError(false)
    .addHelpText(
      "after",
      `
Needs DATABASE_URL and KAFKA_BROKERS, and the API's address, or a running \`npm start\`, whose own are taken then. With
--via http, PULSEBOARD_KEY is a key of scope write; where READ_ACCESS=key, dashboards use it too.

Status: 0 held; 99 a threshold was missed; 3 the generator was too slow, so that the run proves nothing; 1 an event was
lost or doubled, or the run could not be made. docs/load-testing.md says how to read the report.`,
    );
}

/** Ends the process with one clear line on a bad argument, and after --help. */
export function parseLoadTestOptions(argv: readonly string[]): LoadTestOptions {
  const program = command();
  const options = program.parse(argv, { from: "user" }).opts<LoadTestOptions>();
  const isSearch = options.findMax;
  if (options.rate === undefined && options.scenario === undefined && !isSearch)
    program.error("error: --rate: expected, or --scenario, or --find-max");
  if (isSearch && options.dashboards === 0)
    program.error("error: --dashboards: expected at least 1 with --find-max");
  if (isSearch && options.compare) program.error("error: --compare: not with --find-max");
  if (isSearch && options.threshold.length)
    program.error("error: --threshold: not with --find-max, which has --max-p99");
  if (options.topic !== undefined && options.via === "http")
    program.error("error: --topic: not with --via http, where the API has its own");
  return {
    ...options,
    ...(isSearch && { duration: options.duration ?? FIND_MAX_SECONDS.duration }),
    warmUp: options.warmUp ?? (isSearch ? FIND_MAX_SECONDS.warmUp : 10),
  };
}
