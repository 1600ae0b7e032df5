import { createRandom } from "../random.ts";
import type { Author } from "./authors.ts";
import type { Slot } from "./calendar.ts";
import { CATEGORIES, type SamplePlan } from "./plan.ts";
import { spread } from "./spread.ts";

/** The posts' numbers, by index; post_id is index + 1, in the order of publication. */
export interface Posts {
  /** Index of the author. */
  author: Int32Array;
  /** Index of the category. */
  category: Uint8Array;
  /** ms since the epoch, whole seconds, never falling */
  published: Float64Array;
}

/** Of 100 posts, how many an author writes outside their own category. */
const GUEST_PERCENT = 12;

export function makePosts(plan: SamplePlan, authors: readonly Author[], slots: readonly Slot[]): Posts {
  const random = createRandom(plan.seed, "posts");
  const perSlot = spread(
    plan.posts,
    Float64Array.from(slots, ({ publishing }) => publishing),
  );
  const published = new Float64Array(plan.posts);
  let next = 0;
  for (const [index, { start, end }] of slots.entries()) {
    for (let count = perSlot[index] as number; count > 0; count--)
      published[next++] = Math.floor((start + random.float() * (end - start)) / 1000) * 1000;
  }
  // The first post opens the site, so that every hour of the history has something to read.
  if (slots[0]) published[0] = Math.ceil(slots[0].start / 1000) * 1000;
  published.sort();

  const author = new Int32Array(plan.posts);
  let filled = 0;
  for (const [index, { posts }] of authors.entries()) {
    author.fill(index, filled, filled + posts);
    filled += posts;
  }
  for (let last = author.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [author[last], author[other]] = [author[other] as number, author[last] as number];
  }

  const category = Uint8Array.from(author, (index) => {
    const guest = random.float() * 100 < GUEST_PERCENT;
    const own = CATEGORIES.indexOf((authors[index] as Author).category);
    return guest ? random.below(CATEGORIES.length) : own;
  });
  return { author, category, published };
}
