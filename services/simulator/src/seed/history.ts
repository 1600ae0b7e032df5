import { eventMessage, type OutgoingMessage } from "../event.ts";
import { decayOf } from "../model/aging.ts";
import { categoryCurve, hourOfWeek, timeOfWeek } from "../model/curves.ts";
import { createMixes, pickType } from "../model/mix.ts";
import { createReaders } from "../model/readers.ts";
import { createRandom, type Random } from "../random.ts";
import type { Author } from "./authors.ts";
import { DAY_MS, type Slot } from "./calendar.ts";
import { CATEGORIES, type SamplePlan } from "./plan.ts";
import { appeal, type Burst, bursts } from "./popularity.ts";
import type { Posts } from "./posts.ts";
import { spread } from "./spread.ts";

export interface History {
  /** Engagements of each slot; they add up to the plan's. */
  counts: Float64Array;
  /**
   * All messages from that ordinal on: the newest UTC day first, each day in the order of its times, so that what is
   * looked at most is there first. One slot at a time is in memory.
   */
  messages(from?: number): Generator<OutgoingMessage>;
}

/** Engagements of each slot beside the bursts: what the bursts take of working days, the other posts give up. */
function baseCounts(plan: SamplePlan, slots: readonly Slot[], burstCounts: Float64Array): Float64Array {
  const sum = (weekend: boolean, of: (slot: Slot, index: number) => number) =>
    slots.reduce((total, slot, index) => (slot.weekend === weekend ? total + of(slot, index) : total), 0);
  const total = sum(false, (slot) => slot.traffic) + sum(true, (slot) => slot.traffic);
  const scale = [false, true].map((weekend) => {
    const traffic = sum(weekend, (slot) => slot.traffic);
    const taken = sum(weekend, (_, index) => burstCounts[index] as number);
    return traffic > 0 ? Math.max(0, plan.events * (traffic / total) - taken) / traffic : 0;
  });
  const left = plan.events - burstCounts.reduce((a, b) => a + b, 0);
  return spread(
    left,
    Float64Array.from(slots, ({ traffic, weekend }) => traffic * (scale[Number(weekend)] as number)),
  );
}

/** Indexes of the slots, a day after the other. */
function newestDayFirst(slots: readonly Slot[]): number[] {
  const dayOf = (index: number) => Math.floor((slots[index] as Slot).start / DAY_MS);
  return [...slots.keys()].sort((a, b) => dayOf(b) - dayOf(a) || a - b);
}

export function createHistory(
  plan: SamplePlan,
  authors: readonly Author[],
  posts: Posts,
  slots: readonly Slot[],
): History {
  const viral = bursts(plan, authors, posts, slots);
  const burstCounts = new Float64Array(slots.length);
  for (const { slot, counts } of viral)
    for (const [index, count] of counts.entries())
      burstCounts[slot + index] = (burstCounts[slot + index] as number) + count;
  const base = baseCounts(plan, slots, burstCounts);
  const counts = base.map((count, index) => count + (burstCounts[index] as number));

  const weights = appeal(plan, authors, posts);
  const curves = CATEGORIES.map(categoryCurve);
  const reader = createReaders(plan.users);
  const mix = createMixes();
  const cumulative = new Float64Array(plan.posts);

  /** Fills `cumulative` for a slot and says how many posts there are: those published before its end. */
  function weigh({ start, end }: Slot): number {
    let sum = 0;
    let post = 0;
    const hour = hourOfWeek(timeOfWeek(start));
    const habits = curves.map((curve) => curve[hour] as number);
    for (; post < plan.posts && (posts.published[post] as number) < end; post++) {
      const age = start - (posts.published[post] as number);
      sum +=
        (weights[post] as number) *
        (habits[posts.category[post] as number] as number) *
        // One that comes out within the slot has only the rest of it.
        (age >= 0 ? decayOf(age) : 1 + age / (end - start));
      cumulative[post] = sum;
    }
    return post;
  }

  function pickPost(known: number, random: Random): number {
    const draw = random.float() * (cumulative[known - 1] as number);
    let low = 0;
    let high = known - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((cumulative[middle] as number) > draw) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Times and posts of a slot's engagements, in the order of time. */
  function drawSlot(
    index: number,
    random: Random,
  ): { times: Float64Array; chosen: Int32Array; order: Uint32Array } {
    const slot = slots[index] as Slot;
    const size = counts[index] as number;
    const times = new Float64Array(size);
    const chosen = new Int32Array(size);
    const known = weigh(slot);
    let filled = 0;
    const add = (post: number) => {
      const from = Math.max(slot.start, posts.published[post] as number);
      chosen[filled] = post;
      times[filled++] = from + Math.floor(random.float() * (slot.end - from));
    };
    for (let count = base[index] as number; count > 0; count--) add(pickPost(known, random));
    for (const burst of viral) {
      for (let count = burstCount(burst, index); count > 0; count--) add(burst.post);
    }
    const order = Uint32Array.from(times.keys()).sort((a, b) => (times[a] as number) - (times[b] as number));
    return { times, chosen, order };
  }

  const burstCount = ({ slot, counts: bySlot }: Burst, index: number): number => bySlot[index - slot] ?? 0;

  function engage(postId: number, at: number, random: Random): OutgoingMessage {
    const type = pickType(mix(postId), random.float());
    const user = reader(type, random);
    return eventMessage({ type, postId, userId: user === undefined ? undefined : user + 1, at }, random);
  }

  function* messages(from = 0): Generator<OutgoingMessage> {
    let ordinal = 0;
    for (const index of newestDayFirst(slots)) {
      const count = counts[index] as number;
      ordinal += count;
      if (ordinal <= from || count === 0) continue;
      // A stream for each slot, so that any slot can be made without those before it.
      const random = createRandom(plan.seed, "history", index);
      const { times, chosen, order } = drawSlot(index, random);
      let at = ordinal - count;
      for (const place of order) {
        const message = engage((chosen[place] as number) + 1, times[place] as number, random);
        if (at++ >= from) yield message;
      }
    }
  }

  return { counts, messages };
}
