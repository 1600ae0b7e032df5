import type { Catalogue } from "../../services/simulator/src/catalogue.ts";
import { createPlan } from "../../services/simulator/src/scenario/plan.ts";
import { atRate, readScenario, shippedScenarios } from "../../services/simulator/src/scenario/scenario.ts";
import { Options } from "../support/options.ts";

export interface PlanOptions {
  /** Of each scenario. */
  messages: number;
  posts: number;
  users: number;
}

export const PLAN_HELP = `Usage: npm run bench -- plan [options]

Measures how many messages a second of CPU time the simulator's plan makes on one core, with their bytes, for each
scenario at 50,000 events a second: the generator of a load test must not be the narrow place. Below 100,000 it fails.

  --messages N  of each scenario (default 300000)
  --posts N     of the catalogue (default 2000)
  --users N     of the catalogue (default 5000)
  --help        this text
`;

const RATE = 50_000;
const BAR = 100_000;
const HOUR_MS = 3_600_000;
const NEWEST = Date.UTC(2026, 0, 1);
const CATEGORIES = ["Tech", "Business", "Finance", "Entertainment", "Health", "Lifestyle", "Food", "Travel"];

/** @returns undefined when help is asked for */
export function readPlanOptions(args: string[]): PlanOptions | undefined {
  const options = new Options(args, { messages: "string", posts: "string", users: "string" });
  if (options.flag("help")) return undefined;
  return {
    messages: options.integer("messages", 300_000, { to: 100_000_000 }),
    posts: options.integer("posts", 2_000, { to: 100_000 }),
    users: options.integer("users", 5_000, { to: 1_000_000 }),
  };
}

/** Posts an hour apart, users with sparse ids. */
const catalogueOf = ({ posts, users }: PlanOptions): Catalogue => ({
  posts: {
    ids: Int32Array.from({ length: posts }, (_, index) => posts - index),
    published: Float64Array.from({ length: posts }, (_, index) => NEWEST - index * HOUR_MS),
    category: Uint16Array.from({ length: posts }, (_, index) => index % CATEGORIES.length),
  },
  categories: CATEGORIES,
  userIds: Int32Array.from({ length: users }, (_, index) => 1 + index * 1_000),
  authors: { ids: Int32Array.of(1), category: Uint16Array.of(0) },
  freePostId: posts + 1,
  unknownPostId: 2 ** 31 - 1,
});

/** Messages a second of CPU time, and the mean size of their values. */
function measure(name: string, options: PlanOptions): { perSecond: number; bytes: number } {
  const scenario = { ...atRate(readScenario(name), RATE), duration_seconds: Number.POSITIVE_INFINITY };
  const plan = createPlan(scenario, catalogueOf(options), 1);
  let bytes = 0;
  const before = process.cpuUsage();
  for (let made = 0; made < options.messages; made++)
    bytes += plan.next()?.message(NEWEST).value?.length ?? 0;
  const { user, system } = process.cpuUsage(before);
  return { perSecond: (options.messages * 1e6) / (user + system), bytes: bytes / options.messages };
}

/** @returns whether every scenario is above the bar */
export function runPlanBench(options: PlanOptions): boolean {
  let held = true;
  for (const name of shippedScenarios()) {
    const { perSecond, bytes } = measure(name, options);
    held &&= perSecond >= BAR;
    process.stdout.write(
      `${name.padEnd(14)} ${Math.round(perSecond).toLocaleString("en")} messages a second of CPU, ${Math.round(bytes)} bytes each\n`,
    );
  }
  return held;
}
