import { createRandom, type Random } from "../random.ts";
import { CATEGORIES, type Category, type SamplePlan } from "./plan.ts";
import { spread } from "./spread.ts";

export interface Author {
  category: Category;
  /** Posts over the whole history. */
  posts: number;
  /** What the author's posts draw, against 1. */
  quality: number;
  /** Writes much that few read: the one to coach. */
  workhorse: boolean;
}

interface Kind {
  share: number;
  /** Posts against other authors; the specialists' few posts are counted out instead. */
  volume: number;
  quality: number;
}

/** The kinds of author that the coaching panels are about. */
const KINDS = {
  workhorse: { share: 0.2, volume: 3, quality: 0.3 },
  star: { share: 0.08, volume: 2.5, quality: 2.5 },
  specialist: { share: 0.18, volume: 0, quality: 3.5 },
  regular: { share: 0.54, volume: 1, quality: 1 },
} satisfies Record<string, Kind>;
/** A specialist writes 2 to 4 posts. */
const FEW = { least: 2, most: 4 };

function pickKind(random: Random): keyof typeof KINDS {
  let draw = random.float();
  for (const [name, { share }] of Object.entries(KINDS)) {
    if (draw < share) return name as keyof typeof KINDS;
    draw -= share;
  }
  return "regular";
}

/** Authors in the order of their ids, from 1; their posts add up to the plan's. */
export function makeAuthors(plan: SamplePlan): Author[] {
  const random = createRandom(plan.seed, "authors");
  let left = plan.posts;
  const drawn = Array.from({ length: plan.authors }, (_, index) => {
    const kind = index === 0 ? "regular" : pickKind(random); // one at least takes any number of posts
    const few = FEW.least + random.below(FEW.most - FEW.least + 1);
    const posts = kind === "specialist" ? Math.min(few, left) : 0;
    left -= posts;
    return {
      kind,
      posts,
      volume: KINDS[kind].volume * Math.exp(0.35 * random.normal()),
      quality: KINDS[kind].quality * Math.exp(0.25 * random.normal()),
    };
  });
  const shares = spread(
    left,
    Float64Array.from(drawn, ({ volume }) => volume),
  );
  return drawn.map(({ kind, posts, quality }, index) => ({
    category: CATEGORIES[index % CATEGORIES.length] as Category,
    posts: posts + (shares[index] as number),
    quality,
    workhorse: kind === "workhorse",
  }));
}
