import type { Catalogue } from "../catalogue.ts";
import type { Engagement } from "../event.ts";
import { createRandom } from "../random.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { createBots } from "./bots.ts";
import { createCascades } from "./cascades.ts";
import { createMixes, pickType } from "./mix.ts";
import { createPosts } from "./posts.ts";
import type { PlannedPost } from "./publications.ts";
import { createReaders } from "./readers.ts";
import { trendsAt } from "./trending.ts";

/** Of all engagements, how many may be what shares have brought. */
const MOST_CASCADING = 0.6;
const BREAKING_SHARE_PERCENT = 40;
const BREAKING_HALF_LIFE_SECONDS = 300;
/** A story needs so long to reach its height. */
const BREAKING_RISE_MS = 15_000;

/** A post that draws readers away from all others, less and less. */
interface Story {
  atMs: number;
  share: number;
  halfLifeMs: number;
  /** Undefined until it is published. */
  postId: number | undefined;
}

export interface Engagements {
  /** The next engagement, at a time of the run that never falls; its `at` is that time. */
  next(ms: number): Engagement;
  /** A planned post is in the catalogue: engaged with from its time on. */
  published(post: PlannedPost): void;
  /** The catalogue was changed by others. */
  use(catalogue: Catalogue): void;
  /** When a post was published, in ms from the start of the run. */
  publishedAt(postId: number): number;
}

const storiesOf = ({ events }: Scenario): Story[] =>
  events
    .filter(({ kind }) => kind === "breaking-news")
    .map(({ at_seconds, share_percent, half_life_seconds }) => ({
      atMs: at_seconds * 1000,
      share: (share_percent ?? BREAKING_SHARE_PERCENT) / 100,
      halfLifeMs: (half_life_seconds ?? BREAKING_HALF_LIFE_SECONDS) * 1000,
      postId: undefined,
    }));

/**
 * Who engages with what, and how. Each engagement is of the first of these that wants it: a bot, a breaking story, the
 * readers whom earlier shares have brought, a trend, else a reader's own choice.
 * @param startsAt time of the week at the start of the run, ms since Monday 00:00 UTC
 */
export function createEngagements(
  scenario: Scenario,
  catalogue: Catalogue,
  seed: number,
  startsAt: number,
): Engagements {
  const random = createRandom(seed, "engagements");
  const posts = createPosts(catalogue, startsAt);
  const mix = createMixes();
  const { cascades: shares, bots: robots } = scenario;
  const cascades =
    shares &&
    createCascades(
      { viewsPerShare: shares.views_per_share, delayMs: shares.delay_seconds * 1000 },
      createRandom(seed, "cascades"),
    );
  const stories = storiesOf(scenario);
  let waiting: PlannedPost[] = [];
  let userIds: Int32Array;
  let reader: ReturnType<typeof createReaders>;
  let bots: ReturnType<typeof createBots> | undefined;
  let trends = trendsAt(seed, 0, posts.size);
  let second = 0;
  let now = 0;

  function useUsers(ids: Int32Array) {
    userIds = ids;
    reader = createReaders(ids.length);
    bots = robots && createBots(seed, robots.users, ids);
  }
  useUsers(catalogue.userIds);

  /** What the second brings: posts that are out now, and the trends. */
  function advance(ms: number) {
    now = ms;
    for (let post = waiting[0]; post && post.intendedMs <= ms; post = waiting[0]) {
      waiting.shift();
      posts.add(post.postId, post.intendedMs, post.category);
      const story = stories.find(({ atMs }) => atMs === post?.intendedMs);
      if (story) story.postId = post.postId;
    }
    if (Math.floor(ms / 1000) === second) return;
    second = Math.floor(ms / 1000);
    trends = trendsAt(seed, second, posts.size);
  }

  function breaking(ms: number): number | undefined {
    for (const { atMs, share, halfLifeMs, postId } of stories) {
      if (postId === undefined) continue;
      const age = ms - atMs;
      if (random.float() < share * Math.min(1, age / BREAKING_RISE_MS) * 2 ** (-age / halfLifeMs))
        return postId;
    }
    return undefined;
  }

  function trending(): number | undefined {
    let draw = random.float();
    for (const { index, share } of trends) {
      if (draw < share) return posts.newest(index);
      draw -= share;
    }
    return undefined;
  }

  function pick(ms: number): { post: number; generation: number } {
    const story = breaking(ms);
    if (story !== undefined) return { post: story, generation: 0 };
    const brought = cascades && random.float() < MOST_CASCADING ? cascades.take(ms) : undefined;
    return brought ?? { post: trending() ?? posts.pick(ms, random), generation: 0 };
  }

  return {
    next(ms) {
      advance(ms);
      if (robots && bots && random.float() * 100 < robots.percent) {
        const visit = bots.visit(ms, posts.size, random);
        if (visit)
          return { type: visit.type, postId: posts.newest(visit.post), userId: visit.userId, at: ms };
      }
      const { post: postId, generation } = pick(ms);
      const type = pickType(mix(postId), random.float());
      if (type === "share") cascades?.shared(ms, postId, mix(postId), generation);
      const user = reader(type, random);
      const userId = user === undefined ? undefined : (userIds[user] as number);
      return { type, postId, userId, at: ms };
    },
    published(post) {
      waiting = [...waiting, post].sort((a, b) => a.intendedMs - b.intendedMs);
    },
    use(changed) {
      posts.use(changed, now);
      if (changed.userIds !== userIds) useUsers(changed.userIds);
    },
    publishedAt: posts.publishedAt,
  };
}
