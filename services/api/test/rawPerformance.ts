import type pg from "pg";
import type { Event, Fixture } from "../../ingest/test/foldFixture.ts";
import { DAY_MS } from "../../ingest/test/foldFixture.ts";
import { createRandom, randomEvents } from "./rawAnswers.ts";

/** What authors, categories and posts add up to, from the raw engagements; percentiles are taken here, not by SQL. */

interface RawPost {
  post_id: number;
  title: string | null;
  author_id: number;
  name: string;
  author_category: string;
  category: string;
  publish_date: string;
  /** Whole days from stats.today's 00:00 UTC back to the publish time, rounded up. */
  days: number;
  views: number;
  likes: number;
  comments: number;
  shares: number;
}

const total = ({ views, likes, comments, shares }: RawPost) => views + likes + comments + shares;
const sum = (posts: RawPost[]) => posts.reduce((all, post) => all + total(post), 0);
/** Half away from zero, of a ratio of integers. */
const ratio = (part: number, whole: number) =>
  whole === 0 ? 0 : Math.floor((part * 200 + whole) / (2 * whole)) / 100;
const average = (posts: RawPost[]) => ratio(sum(posts), posts.length);

/** The value at a fraction of the way through sorted hundredths, between two of them where it falls there. */
function percentile(hundredths: number[], fraction: number): number {
  const sorted = [...hundredths].sort((a, b) => a - b);
  const place = fraction * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (place - below);
}

export async function rawPosts(pool: pg.Pool): Promise<RawPost[]> {
  const { rows } = await pool.query<RawPost>(
    `select p.post_id, p.title, a.author_id, a.name, a.author_category, p.category,
            (p.publish_timestamp at time zone 'UTC')::date as publish_date,
            ceil(extract(epoch from (select today::timestamp at time zone 'UTC' from stats) - p.publish_timestamp) / 86400)::integer as days,
            count(e.*) filter (where e.type = 'view') as views, count(e.*) filter (where e.type = 'like') as likes,
            count(e.*) filter (where e.type = 'comment') as comments, count(e.*) filter (where e.type = 'share') as shares
     from posts p
     join authors a using (author_id)
     left join engagements e using (post_id)
     group by p.post_id, a.author_id`,
  );
  return rows;
}

const groupBy = <K>(posts: RawPost[], key: (post: RawPost) => K): Map<K, RawPost[]> => {
  const groups = new Map<K, RawPost[]>();
  for (const post of posts) groups.set(key(post), [...(groups.get(key(post)) ?? []), post]);
  return groups;
};

/** Authors with a post in the last 90 days: segment and score, most engaged first. */
export function rawAuthors(posts: RawPost[]) {
  const recent = posts.filter(({ days }) => days <= 90);
  const categories = groupBy(recent, ({ author_category }) => author_category);
  const authors = [...groupBy(recent, ({ author_id }) => author_id)].map(([author_id, own]) => {
    const { name, author_category: category } = own[0]!;
    const peers = [...groupBy(categories.get(category)!, (post) => post.author_id).values()];
    const averages = peers.map((of) => Math.round(average(of) * 100));
    const mine = Math.round(average(own) * 100);
    const median = percentile(averages, 0.5);
    const high = mine >= percentile(averages, 0.75);
    const segment =
      own.length >= 10 && mine < median
        ? "High Volume, Low Engagement"
        : own.length >= 10 && high
          ? "High Volume, High Engagement"
          : own.length < 5 && high
            ? "Low Volume, High Quality"
            : "Average";
    return {
      ...{ author_id, name, category, segment },
      posts: own.length,
      engagements: sum(own),
      average: average(own),
      median: Math.floor(median + 0.5) / 100,
      score:
        segment === "High Volume, Low Engagement"
          ? Math.floor(((median - mine) * own.length) / 100 + 0.5)
          : 0,
    };
  });
  return authors.sort((a, b) => b.engagements - a.engagements || a.author_id - b.author_id);
}

export function rawSamplePosts(posts: RawPost[], limit: number) {
  return [...posts]
    .sort((a, b) => total(b) - total(a) || a.post_id - b.post_id)
    .slice(0, limit)
    .map((post) => ({
      post_id: post.post_id,
      title: post.title,
      author: post.name,
      category: post.category,
      publish_date: post.publish_date,
      views: post.views,
      likes: post.likes,
      comments: post.comments,
      shares: post.shares,
      total_engagements: total(post),
    }));
}

export function rawTopCategories(posts: RawPost[], metric: "engagement" | "posts", limit: number) {
  return [...groupBy(posts, ({ category }) => category)]
    .map(([category, own]) => {
      const leader = [...groupBy(own, ({ author_id }) => author_id)].sort(
        ([a, of], [b, others]) => sum(others) - sum(of) || a - b,
      )[0]!;
      return {
        category,
        total_engagements: sum(own),
        total_posts: own.length,
        avg_engagement_per_post: average(own),
        top_author: leader[1][0]!.name,
      };
    })
    .sort(
      (a, b) =>
        (metric === "posts" ? b.total_posts - a.total_posts : b.total_engagements - a.total_engagements) ||
        Buffer.compare(Buffer.from(a.category), Buffer.from(b.category)),
    )
    .slice(0, limit)
    .map((row, index) => ({ ...row, rank: index + 1 }));
}

/** Without the days, which rawDays has. */
export function rawTrends(posts: RawPost[], authorId: number) {
  const own = posts.filter(({ author_id }) => author_id === authorId);
  const within = (days: number) => average(own.filter((post) => post.days <= days));
  return {
    total_posts: own.length,
    total_engagements: sum(own),
    avg_engagement_per_post: average(own),
    trend_7d: within(7),
    trend_30d: within(30),
  };
}

export async function rawDays(pool: pg.Pool, authorId: number) {
  const { rows } = await pool.query(
    `select d::date as date, count(e.*) filter (where e.type = 'view') as views,
            count(e.*) filter (where e.type = 'like') as likes, count(e.*) filter (where e.type = 'comment') as comments,
            count(e.*) filter (where e.type = 'share') as shares, count(e.*) as total_engagements
     from stats, generate_series(today - 30, today, interval '1 day') d
     left join (select e.type, (e.engaged_timestamp at time zone 'UTC')::date as day
                from engagements e join posts p using (post_id) where p.author_id = $1) e on e.day = d::date
     group by 1 order by 1`,
    [authorId],
  );
  return rows;
}

export const AUTHORS = 24;
const CATEGORIES = ["Tech", "Food", "health"];

/** Authors of 1 to 18 posts in three categories, published up to 120 days ago, on the borders of 7, 30 and 90 days too. */
export async function fillPerformance(fixture: Fixture): Promise<void> {
  const random = createRandom(5);
  const today = Math.floor(fixture.clock.now.getTime() / DAY_MS) * DAY_MS;
  let id = 0;
  for (let author = 1; author <= AUTHORS; author++)
    for (let post = 0; post < 1 + ((author * 7) % 18); post++)
      await fixture.putPost({
        id: ++id,
        author,
        category: CATEGORIES[(author + (post % 5 === 0 ? 1 : 0)) % 3]!,
        publish: new Date(today - Math.floor(random() * 120 * DAY_MS)),
      });
  for (const [post, ms] of [
    [1, 7 * DAY_MS],
    [2, 7 * DAY_MS + 1],
    [3, 30 * DAY_MS],
    [4, 30 * DAY_MS + 1],
    [5, 90 * DAY_MS],
    [6, 90 * DAY_MS + 1],
  ] as const)
    await fixture.pool.query("update posts set publish_timestamp = $2 where post_id = $1", [
      post,
      new Date(today - ms),
    ]);
  await fixture.pool.query("update posts set title = 'About ' || post_id where post_id % 3 > 0");
  await fixture.pool.query("update authors set author_category = ($1::text[])[1 + author_id % 3]", [
    CATEGORIES,
  ]);
}

/** Of all posts but the last of them, which nobody engages with. */
export const spreadEvents = (fixture: Fixture, count: number, span: number, seed: number): Event[] =>
  randomEvents(fixture, count, span, 1, seed + 1).map((event, index) => ({
    ...event,
    postId: 1 + ((event.postId * 7 + index) % 180),
  }));
