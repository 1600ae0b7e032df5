import type { Catalogue } from "./catalogue.ts";
import type { Engagement } from "./event.ts";
import { createMixes, pickType } from "./model/mix.ts";
import { createSampler, type Sampler, zipfWeights } from "./model/population.ts";
import { type Trend, trendsAt } from "./model/trending.ts";
import { createRandom } from "./random.ts";

const POST_EXPONENT = 0.95;
const USER_EXPONENT = 0.8;
/** How far a post's appeal moves it from the place its recency gives it: the sigma of a log-normal factor. */
const APPEAL = 1.2;
/** Of the views, how many come from readers who are not known. */
const ANONYMOUS = 0.2;

export interface Traffic {
  /** The next engagement of the sequence; only `at` comes from the caller. */
  next(at: number): Engagement;
  /** Posts came or went: from the next engagement on. */
  use(catalogue: Catalogue): void;
}

/** Posts by popularity: Zipf-like by rank, and a newer post ranks higher unless its appeal says otherwise. */
function byPopularity(postIds: Int32Array): Int32Array {
  const place = Float64Array.from(
    postIds,
    (postId, index) => (index + 1) * Math.exp(APPEAL * createRandom("appeal", postId).normal()),
  );
  return Uint32Array.from(postIds.keys())
    .sort((a, b) => (place[a] as number) - (place[b] as number))
    .reduce((ranked, index, rank) => {
      ranked[rank] = postIds[index] as number;
      return ranked;
    }, new Int32Array(postIds.length));
}

/**
 * Live engagements. The sequence of types, posts and users follows from seed, rate and catalogue alone; time moves
 * with the ordinal, not with the clock.
 */
export function createTraffic(seed: number, rate: number, first: Catalogue): Traffic {
  const random = createRandom(seed, "traffic");
  let ordinal = 0;
  let second = -1;
  let catalogue: Catalogue;
  let ranked: Int32Array;
  let posts: Sampler;
  let users: Sampler | undefined;
  let trends: Trend[] = [];
  const mix = createMixes();

  function use(next: Catalogue) {
    catalogue = next;
    ranked = byPopularity(next.posts.ids);
    posts = createSampler(zipfWeights(ranked.length, POST_EXPONENT));
    const { userIds } = next;
    users = userIds.length ? createSampler(zipfWeights(userIds.length, USER_EXPONENT)) : undefined;
    second = -1;
  }

  function pickPost(): number {
    let draw = random.float();
    for (const { index, share } of trends) {
      if (draw < share) return catalogue.posts.ids[index] as number;
      draw -= share;
    }
    return ranked[posts.pick(random)] as number;
  }

  use(first);
  return {
    use,
    next(at) {
      const now = Math.floor(ordinal++ / rate);
      if (now !== second) {
        second = now;
        trends = trendsAt(seed, now, catalogue.posts.ids.length);
      }
      const postId = pickPost();
      const type = pickType(mix(postId), random.float());
      const known = users && !(type === "view" && random.float() < ANONYMOUS);
      const userId = known ? (catalogue.userIds[(users as Sampler).pick(random)] as number) : undefined;
      return { type, postId, userId, at };
    },
  };
}
