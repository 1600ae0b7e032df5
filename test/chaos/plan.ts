import type { Fault } from "./fault.ts";
import { Random } from "./random.ts";

/** Faults that are injected at the same time: one, or two that hold nothing in common. */
export type Step = { fault: Fault; random: Random }[];

const OVERLAPPING = 0.2;

/** Draws so many faults: every kind comes once before any comes again. The seed determines all of it. */
export function drawPlan(seed: number, count: number, faults: readonly Fault[]): Step[] {
  const random = new Random(seed);
  const steps: Step[] = [];
  let bag: Fault[] = [];
  for (let drawn = 0; drawn < count; drawn++) {
    if (bag.length === 0) bag = random.shuffled(faults);
    const fault = bag.pop()!;
    const injection = { fault, random: random.fork() };
    const before = steps.at(-1);
    const overlaps = random.chance(OVERLAPPING) && before?.length === 1 && disjoint(before[0]!.fault, fault);
    if (overlaps) before.push(injection);
    else steps.push([injection]);
  }
  return steps;
}

const disjoint = (a: Fault, b: Fault): boolean => !a.holds.some((part) => b.holds.includes(part));
