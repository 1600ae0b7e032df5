import { ConfigError } from "../../packages/runtime/src/env.ts";
import type { Kafka } from "./broker.ts";
import { type CheckResult, check } from "./check/check.ts";
import type { Fault } from "./fault.ts";
import { drawPlan, type Step } from "./plan.ts";
import { Random } from "./random.ts";
import { recovered, windowsFollow } from "./recovery.ts";
import type { Outcome, Report } from "./report.ts";
import { openWorld, type World } from "./world.ts";

export interface RunOptions {
  seed: number;
  /** How many faults are injected. */
  faults: number;
  /** To draw from. */
  kinds: readonly Fault[];
  /** Faults that last as long as they must, and no longer. */
  short: boolean;
  kafka: Kafka;
  /** Empty; holds the data of the database and the broker. */
  folder: string;
  /** Told each step. */
  say: (line: string) => void;
}

const CHECK_EVERY = 10;

/**
 * Starts a system, publishes all the time, injects faults one step after the other, and holds what was counted against
 * what was published after every ten of them and at the end. The first deviation ends the run.
 * @returns the report, and the world for whoever looks into a deviation; both end with the test or endLeftovers
 */
export async function runChaos(options: RunOptions): Promise<{ report: Report; world: World }> {
  const { seed, short, kafka, say } = options;
  const began = performance.now();
  const random = new Random(seed);
  const world = await openWorld(options, random.fork());
  const leftOut: Record<string, string> = {};
  for (const { kind, unavailable } of options.kinds) {
    const why = unavailable?.(world);
    if (why) leftOut[kind] = why;
  }
  const kinds = options.kinds.filter(({ kind }) => !(kind in leftOut));
  if (kinds.length === 0) throw new ConfigError(`nothing to inject: ${Object.values(leftOut).join("; ")}`);
  const plan = drawPlan(seed, options.faults, kinds);
  const run = new Run(world, random.fork(), say);
  await world.fleet.start();
  world.publisher.start();
  world.housekeeping.start();
  try {
    await run.through(plan);
  } finally {
    await run.end();
  }
  const { outcomes, checks, last, deviations } = run;
  return {
    world,
    report: {
      seed,
      kafka,
      short,
      faults: outcomes.reduce((sum, { kinds }) => sum + kinds.length, 0),
      leftOut,
      outcomes,
      published: world.publisher.acknowledged.messages,
      erased: world.housekeeping.erased.size,
      checks,
      last,
      deviations,
      seconds: (performance.now() - began) / 1000,
    },
  };
}

class Run {
  readonly outcomes: Outcome[] = [];
  readonly deviations: string[] = [];
  checks = 0;
  last: CheckResult | undefined;
  private unchecked = 0;
  private readonly world: World;
  private readonly random: Random;
  private readonly say: (line: string) => void;

  constructor(world: World, random: Random, say: (line: string) => void) {
    this.world = world;
    this.random = random;
    this.say = say;
  }

  async through(plan: Step[]): Promise<void> {
    const total = plan.reduce((sum, step) => sum + step.length, 0);
    for (const step of plan) {
      const done = this.outcomes.reduce((sum, { kinds }) => sum + kinds.length, 0) + step.length;
      const kinds = step.map(({ fault }) => fault.kind);
      try {
        const outcome = await this.inject(step);
        this.outcomes.push(outcome);
        const detail = outcome.details.map((text, index) => `${kinds[index]} (${text})`).join(" with ");
        this.say(`${done}/${total} ${detail}: recovered in ${(outcome.recoveryMs / 1000).toFixed(1)} s`);
      } catch (error) {
        this.deviations.push(`fault ${done}, ${kinds.join(" with ")}: ${(error as Error).message}`);
      }
      this.unchecked += step.length;
      // What is published after the last check would be held against nothing.
      if (done === total) await this.world.publisher.stop();
      if (this.deviations.length === 0 && (this.unchecked >= CHECK_EVERY || done === total))
        await this.check();
      const { fleet, watch, housekeeping } = this.world;
      this.deviations.push(...fleet.takeDeaths(), ...watch.takeDeviations(), ...housekeeping.takeFailures());
      if (this.deviations.length > 0) return;
    }
  }

  async end(): Promise<void> {
    const { watch, housekeeping, publisher } = this.world;
    await watch.stop();
    this.deviations.push(...watch.takeDeviations());
    await housekeeping.stop();
    await publisher.stop();
  }

  private async inject(step: Step): Promise<Outcome> {
    const injections = await Promise.all(step.map((injection) => this.injectOne(injection)));
    await recovered(this.world);
    await windowsFollow(this.world);
    const recoveryMs = performance.now() - Math.max(...injections.map(({ endedAt }) => endedAt));
    await this.world.fleet.level(this.random);
    return {
      kinds: step.map(({ fault }) => fault.kind),
      details: injections.map(({ detail }) => detail),
      recoveryMs,
    };
  }

  private async injectOne({ fault, random }: Step[number]): Promise<{ detail: string; endedAt: number }> {
    let endedAt: number | undefined;
    const detail = await fault.inject(this.world, random, () => {
      endedAt = performance.now();
    });
    return { detail, endedAt: endedAt ?? performance.now() };
  }

  private async check(): Promise<void> {
    this.unchecked = 0;
    this.checks += 1;
    try {
      this.last = await check(this.world);
    } catch (error) {
      this.deviations.push(`the check cannot be made: ${(error as Error).message}`);
      return;
    }
    const { deviations, stored } = this.last;
    this.deviations.push(...deviations);
    this.say(
      deviations.length === 0 ? `exact: ${stored.toLocaleString("en-US")} events stored` : "NOT exact",
    );
  }
}
