import { ConfigError } from "@pulseboard/runtime";
import type { Catalogue } from "../catalogue.ts";
import type { PlannedPost } from "../model/publications.ts";
import { createPlan, type Mark, type Plan } from "../scenario/plan.ts";
import { parseScenario, type Scenario } from "../scenario/scenario.ts";

/** Of one run: the generator keeps a byte of each, and so does the account. */
const MOST_EVENTS = 500_000_000;
/** Published during one run. */
const MOST_POSTS = 10_000;

/** What a load is made of; it goes to the generator as it is. */
export interface LoadSource {
  /** Without the warm-up. */
  scenario: Scenario;
  catalogue: Catalogue;
  seed: number;
  warmUpMs: number;
}

export interface Load {
  name: string;
  /** Of all of it, warm-up included. */
  durationMs: number;
  /** Events a second that are asked for at a time. */
  rateAt(ms: number): number;
  marks: readonly Mark[];
  /** To be in the catalogue before the first message: from its time on, messages name a post. */
  posts: readonly PlannedPost[];
  /** The same messages each time. */
  createPlan(): Plan;
}

/** One rate all the time. */
export const steadyScenario = (rate: number, seconds: number): Scenario =>
  parseScenario(
    {
      name: "steady",
      description: "One rate, all the time.",
      duration_seconds: seconds,
      rate: [{ at_seconds: 0, events_per_second: rate }],
    },
    "--rate and --duration",
  );

/** The scenario behind a rise from nothing to its first rate. */
function withWarmUp(scenario: Scenario, seconds: number): Scenario {
  if (seconds === 0) return scenario;
  const later = <T extends { at_seconds: number }>(point: T): T => ({
    ...point,
    at_seconds: point.at_seconds + seconds,
  });
  return {
    ...scenario,
    duration_seconds: scenario.duration_seconds + seconds,
    rate: [{ at_seconds: 0, events_per_second: 0 }, ...scenario.rate.map(later)],
    events: scenario.events.map(later),
  };
}

/** @throws ConfigError when it is more than a load test sends */
export function createLoad({ scenario, catalogue, seed, warmUpMs }: LoadSource): Load {
  const whole = withWarmUp(scenario, warmUpMs / 1_000);
  const first = createPlan(whole, catalogue, seed);
  const { durationMs, rateAt, marks, expected } = first;
  if (expected > MOST_EVENTS) {
    const [most, got] = [MOST_EVENTS, Math.round(expected)].map((events) => events.toLocaleString("en"));
    throw new ConfigError(`--rate and --duration: expected at most ${most} events in a run, got ${got}`);
  }
  const posts: PlannedPost[] = [];
  for (let post = first.nextPost(); post; post = first.nextPost()) {
    if (posts.length === MOST_POSTS)
      throw new ConfigError(`the scenario publishes over ${MOST_POSTS} posts, more than a load test does`);
    posts.push(post);
  }
  return {
    name: scenario.name,
    durationMs,
    rateAt,
    marks,
    posts,
    createPlan() {
      const plan = createPlan(whole, catalogue, seed);
      for (const post of posts) plan.published(post);
      return plan;
    },
  };
}
