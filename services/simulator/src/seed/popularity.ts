import { zipfWeights } from "../model/population.ts";
import { createRandom } from "../random.ts";
import type { Author } from "./authors.ts";
import { DAY_MS, HOUR_MS, type Slot } from "./calendar.ts";
import type { SamplePlan } from "./plan.ts";
import type { Posts } from "./posts.ts";
import { spread } from "./spread.ts";

const EXPONENT = 0.95;
/** Flattens the very top, so that one post does not take a whole day. */
const SHIFT = 10;
/** Sigma of a post's own luck, beside its author's quality. */
const LUCK = 0.9;

/** What each post draws while it is new: Zipf-like by rank, and good authors rank higher. */
export function appeal(plan: SamplePlan, authors: readonly Author[], posts: Posts): Float64Array {
  const random = createRandom(plan.seed, "appeal");
  const score = Float64Array.from(
    posts.author,
    (index) => Math.log((authors[index] as Author).quality) + LUCK * random.normal(),
  );
  const byScore = Uint32Array.from(score.keys()).sort((a, b) => (score[b] as number) - (score[a] as number));
  const weights = zipfWeights(plan.posts, EXPONENT, SHIFT + plan.posts / 1_000);
  const result = new Float64Array(plan.posts);
  for (const [rank, post] of byScore.entries()) result[post] = weights[rank] as number;
  return result;
}

/** A post's extra engagements, by slot. */
export interface Burst {
  post: number;
  /** Index of the first slot, and how many engagements fall into it and those after it. */
  slot: number;
  counts: Float64Array;
}

const BURST_HOURS = 40;
const BURST_FADE_HOURS = 12;
/** A burst has this many times what a median post has in all, but the bursts together no more than the share. */
const BURST_TIMES_MEDIAN = 400;
const BURSTS_SHARE = 0.09;
/** The median post against the mean one, roughly. */
const MEDIAN_OF_MEAN = 0.4;
const POSTS_PER_BURST = 1_500;

/** The few posts that go viral: published Monday to Wednesday, so that their days are working days. */
export function bursts(
  plan: SamplePlan,
  authors: readonly Author[],
  posts: Posts,
  slots: readonly Slot[],
): Burst[] {
  const wanted = Math.min(12, Math.max(3, Math.round(plan.posts / POSTS_PER_BURST)));
  const median = Math.max(1, (MEDIAN_OF_MEAN * plan.events) / plan.posts);
  const size = Math.floor(Math.min(BURST_TIMES_MEDIAN * median, (BURSTS_SHARE * plan.events) / wanted));
  const from = slots[0]?.start ?? plan.anchor;
  const first = from + 7 * DAY_MS;
  const last = plan.anchor - 2 * DAY_MS;
  if (last <= first || size < 10) return [];

  const random = createRandom(plan.seed, "bursts");
  const candidates = [...posts.published.keys()].filter((post) => {
    const time = posts.published[post] as number;
    const day = new Date(time).getUTCDay();
    const { workhorse } = authors[posts.author[post] as number] as Author;
    return time >= first && time < last && day >= 1 && day <= 3 && !workhorse;
  });
  // One from each of equal stretches of the candidates, which are in the order of publication.
  return Array.from({ length: Math.min(wanted, candidates.length) }, (_, stretch) => {
    const length = Math.floor(candidates.length / Math.min(wanted, candidates.length));
    const post = candidates[stretch * length + random.below(length)] as number;
    const slot = Math.floor(((posts.published[post] as number) - from) / HOUR_MS) + 1;
    const weights = Float64Array.from(
      slots.slice(slot, slot + BURST_HOURS),
      ({ traffic }, hour) => traffic * Math.exp(-hour / BURST_FADE_HOURS),
    );
    const own = Math.round(size * (0.6 + 0.8 * random.float()));
    return { post, slot, counts: spread(own, weights) };
  });
}
