import { Command } from "commander";
import { numberOption } from "../numberOption.ts";
import type { SamplePlan } from "./plan.ts";

/** What the command line says of the plan; what it leaves out is undefined. */
export type PlanOptions = Partial<Omit<SamplePlan, "anchor">>;

export interface SeedOptions extends PlanOptions {
  /** As `npm start` calls it: a catalogue that is not ours to fill is no error. */
  auto: boolean;
  /** Events a second to publish at most. */
  rate: number;
  topic?: string;
}

const PLAN_OPTIONS = ["seed", "posts", "authors", "users", "days", "events"] as const;
const count = (max: number, min = 1) => numberOption({ min, max, integer: true });

function command(): Command {
  return new Command("npm run seed --")
    .description(
      "Fills an empty catalogue with sample data and publishes its history, reproducible from its seed.\n" +
        "Run again, it goes on where it was interrupted, or does nothing.",
    )
    .option("--posts <n>", "default: 2000", count(1_000_000))
    .option("--days <n>", "of history up to now (default: 90)", count(3_650))
    .option("--events <n>", "exactly that many engagements (default: 3000000)", count(1_000_000_000, 0))
    .option("--seed <n>", "default: 42", count(2 ** 32 - 1, 0))
    .option("--authors <n>", "default: by the posts, 205 for 2000", count(1_000_000))
    .option("--users <n>", "default: 2.5 a post", count(10_000_000, 0))
    .option(
      "--rate <n>",
      "events a second to publish at most",
      numberOption({ above: 0, max: 1_000_000 }),
      20_000,
    )
    .option("--topic <name>", "default: ENGAGEMENTS_TOPIC, or engagements")
    .option("--auto", "leave a catalogue that is not sample data alone, without an error", false)
    .showSuggestionAfterError(false)
    .addHelpText(
      "after",
      "\nNeeds DATABASE_URL and KAFKA_BROKERS, or a running `npm start`, whose own are taken then.",
    );
}

/** Ends the process with one clear line on a bad argument, and after --help. */
export const parseSeedOptions = (argv: readonly string[]): SeedOptions =>
  command()
    .parse([...argv], { from: "user" })
    .opts<SeedOptions>();

/** The plan of a first run. */
export function planOf(options: PlanOptions, anchor: number): SamplePlan {
  const { seed = 42, posts = 2_000, days = 90, events = 3_000_000 } = options;
  const { authors = Math.max(1, Math.round(posts ** 0.7)), users = Math.round(posts * 2.5) } = options;
  return { seed, posts, authors, users, days, events, anchor };
}

/** The first thing the command line asks for that the stored plan is not, as `--posts 5`. */
export function contradiction(options: PlanOptions, stored: SamplePlan): string | undefined {
  const name = PLAN_OPTIONS.find((key) => options[key] !== undefined && options[key] !== stored[key]);
  return name && `--${name} ${options[name]}`;
}
