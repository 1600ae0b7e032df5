import { createHash } from "node:crypto";
import { type Catalogue, WORDS } from "../support/workload.ts";

/** The questions of REST, with the parameters a bench asks them with. */
export interface BenchEndpoint {
  name: string;
  /** @param random uniform in [0, 1) */
  path(random: () => number, catalogue: Catalogue): string;
  /** The same answer as a plain aggregate of the raw engagements, for one set of parameters. */
  raw: string;
  /** False for what is of the moment, and read again each time. */
  cached?: false;
}

/** Zipf's law with exponent 0.9, as the history falls on the posts (fold/history.ts). */
function zipfPost(random: number, posts: number): number {
  const rank = Math.floor((random * (posts ** 0.1 - 1) + 1) ** 10);
  return 1 + (((Math.min(rank, posts) - 1) * 7919) % posts);
}

const anyAuthor = (random: () => number, { authors }: Catalogue) => 1 + Math.floor(random() * authors);

const COUNTS = `count(*) filter (where e.type = 'view') as views, count(*) filter (where e.type = 'like') as likes,
  count(*) filter (where e.type = 'comment') as comments, count(*) filter (where e.type = 'share') as shares`;
const since = (days: number) => `(select (today - ${days})::timestamp at time zone 'UTC' from stats)`;

const PATTERNS = (where: string) => `
  select extract(dow from e.engaged_timestamp)::integer as day_of_week, extract(hour from e.engaged_timestamp)::integer as hour_of_day, ${COUNTS}
  from engagements e ${where} e.engaged_timestamp >= ${since(365)}
  group by 1, 2`;

const AVERAGES = `
  with own as (
    select a.author_id, a.author_category, count(distinct p.post_id) as posts, count(e.event_id) as engagements
    from authors a join posts p using (author_id) left join engagements e using (post_id)
    where p.publish_timestamp >= ${since(90)}
    group by a.author_id
  )`;

const POST_LIST = (engaged: string, where: string, order: string) => `
  select p.post_id, p.title, ${COUNTS}, count(*) over () as total
  from posts p left join engagements e on e.post_id = p.post_id and ${engaged}
  where ${where}
  group by p.post_id order by ${order}, p.post_id limit 25`;

const POST_PAGE = `
  with counted as (
    select p.post_id, p.category, count(e.event_id) as engagements
    from posts p left join engagements e using (post_id) group by p.post_id
  )
  select *, rank() over (order by engagements desc), rank() over (partition by category order by engagements desc)
  from counted`;

const OVERVIEW = (where: string) => `
  select extract(hour from e.engaged_timestamp), count(*), count(distinct e.post_id)
  from engagements e join posts p using (post_id)
  where e.engaged_timestamp >= now() - interval '8 days' and ${where} group by 1`;

const titleWord = (random: number): string =>
  createHash("md5")
    .update(String(Math.floor(random * WORDS)))
    .digest("hex")
    .slice(0, 6);

export const ENDPOINTS: readonly BenchEndpoint[] = [
  {
    name: "engagement, 7d",
    path: (random, { posts }) => `/engagement/${zipfPost(random(), posts)}`,
    raw: `select ${COUNTS} from engagements e where e.post_id = 1 and e.engaged_timestamp >= ${since(7)}`,
  },
  {
    name: "engagement, 90d",
    path: (random, { posts }) => `/engagement/${zipfPost(random(), posts)}?period=90d`,
    raw: `select ${COUNTS} from engagements e where e.post_id = 1 and e.engaged_timestamp >= ${since(90)}`,
  },
  {
    name: "author trends",
    path: (random, catalogue) => `/author/${anyAuthor(random, catalogue)}/trends`,
    raw: `select e.engaged_timestamp::date, ${COUNTS} from engagements e join posts p using (post_id)
          where p.author_id = 1 and e.engaged_timestamp >= ${since(30)} group by 1`,
  },
  {
    name: "top categories",
    path: () => "/categories/top",
    raw: `select p.category, count(*) from engagements e join posts p using (post_id) group by 1 order by 2 desc limit 10`,
  },
  {
    name: "sample posts",
    path: () => "/sample/posts?limit=100",
    raw: `select post_id, ${COUNTS} from engagements e group by 1 order by count(*) desc, 1 limit 100`,
  },
  {
    name: "sample authors",
    path: () => "/sample/authors?limit=50",
    raw: `${AVERAGES} select *, engagements::numeric / posts from own order by engagements desc limit 50`,
  },
  {
    name: "patterns, all",
    path: () => "/analytics/engagement-patterns?tz=Europe/Vienna",
    raw: PATTERNS("where"),
  },
  {
    name: "patterns, category",
    path: () => "/analytics/engagement-patterns?tz=Asia/Kolkata&category=category%203",
    raw: PATTERNS("join posts p using (post_id) where p.category = 'category 3' and"),
  },
  {
    name: "patterns, an author",
    path: () => "/analytics/engagement-patterns?author_id=7",
    raw: PATTERNS("join posts p using (post_id) where p.author_id = 7 and"),
  },
  {
    name: "opportunity authors",
    path: () => "/analytics/opportunity-authors?limit=50",
    raw: `${AVERAGES}, medians as (
            select author_category, percentile_cont(0.5) within group (order by engagements::float8 / posts) as median from own group by 1)
          select own.*, (median - engagements::float8 / posts) * posts as score from own join medians using (author_category)
          where posts >= 10 order by score desc limit 50`,
  },
  {
    name: "trending posts, 24h",
    path: () => "/analytics/trending?window=24h&limit=100",
    raw: `select post_id, ${COUNTS} from engagements e where e.engaged_timestamp >= now() - interval '24 hours'
          group by 1 order by count(*) desc limit 100`,
  },
  {
    name: "trending authors, 1h",
    path: () => "/analytics/trending?window=1h&by=authors",
    raw: `select p.author_id, ${COUNTS} from engagements e join posts p using (post_id)
          where e.engaged_timestamp >= now() - interval '1 hour' group by 1 order by count(*) desc limit 10`,
  },
  {
    name: "posts by last 24 h",
    path: (random) => `/posts?limit=25&offset=${25 * Math.floor(random() * 8)}`,
    raw: POST_LIST("e.engaged_timestamp >= now() - interval '24 hours'", "true", "count(e.event_id) desc"),
  },
  {
    name: "posts of a category by engagements",
    path: (random) => `/posts?category=category%20${Math.floor(random() * 8)}&sort=engagements&limit=25`,
    raw: POST_LIST("true", "p.category = 'category 3'", "count(e.event_id) desc"),
  },
  {
    name: "posts of 30 days by title",
    path: (random) => `/posts?since=30d&sort=title&limit=25&offset=${Math.floor(random() * 1_000)}`,
    raw: POST_LIST("true", `p.publish_timestamp >= ${since(30)}`, "p.title"),
  },
  {
    name: "posts found by a word",
    path: (random) => `/posts?q=${titleWord(random())}&limit=25`,
    raw: POST_LIST(
      "e.engaged_timestamp >= now() - interval '24 hours'",
      `p.title ilike '%${titleWord(0)}%'`,
      "count(e.event_id) desc",
    ),
  },
  {
    name: "posts found by one or two letters",
    path: (random) => `/posts?q=${titleWord(random()).slice(0, random() < 0.5 ? 1 : 2)}&limit=25`,
    raw: POST_LIST(
      "e.engaged_timestamp >= now() - interval '24 hours'",
      "p.title ilike '%c4%'",
      "count(e.event_id) desc",
    ),
  },
  {
    name: "posts found by a part of every title",
    path: (random) =>
      `/posts?q=${encodeURIComponent(" about ".slice(Math.floor(random() * 4), 5 + Math.floor(random() * 3)))}&limit=25`,
    raw: POST_LIST(
      "e.engaged_timestamp >= now() - interval '24 hours'",
      "p.title ilike '%about%'",
      "count(e.event_id) desc",
    ),
  },
  {
    name: "posts, page by page",
    path: (random) => `/posts?sort=published&limit=25&offset=${Math.floor(random() * 10_000)}`,
    raw: POST_LIST("true", "true", "p.publish_timestamp desc"),
  },
  {
    name: "rising posts",
    path: (random) => `/posts?state=rising&limit=25&offset=${Math.floor(random() * 4)}`,
    raw: POST_LIST(
      "e.engaged_timestamp >= now() - interval '24 hours'",
      "true",
      "count(e.event_id) filter (where e.engaged_timestamp >= now() - interval '1 hour') desc",
    ),
  },
  {
    name: "a post, any",
    path: (random, { posts }) => `/posts/${1 + Math.floor(random() * posts)}`,
    raw: POST_PAGE,
  },
  {
    name: "a post, most engaged first",
    path: (random, { posts }) => `/posts/${zipfPost(random(), posts)}`,
    raw: POST_PAGE,
  },
  {
    name: "an author",
    path: (random, catalogue) => `/authors/${anyAuthor(random, catalogue)}`,
    raw: `${AVERAGES} select *, rank() over (partition by author_category order by engagements::float8 / posts desc) from own`,
  },
  {
    name: "authors found by a name",
    path: (random, catalogue) => `/authors?q=hor%20${anyAuthor(random, catalogue)}&sort=name&limit=25`,
    raw: `${AVERAGES} select * from own join authors using (author_id) where name ilike '%hor 17%' order by name limit 25`,
  },
  {
    name: "overview",
    path: (random) => `/analytics/overview?tz=${random() < 0.5 ? "Europe/Vienna" : "Asia/Kolkata"}`,
    raw: OVERVIEW("true"),
  },
  {
    name: "overview, category",
    path: (random) => `/analytics/overview?category=category%20${Math.floor(random() * 8)}`,
    raw: OVERVIEW("p.category = 'category 3'"),
  },
  {
    name: "about",
    path: () => "/about",
    raw: "select table_name, column_name, data_type from information_schema.columns where table_schema = 'public'",
  },
  {
    name: "authors by opportunity",
    path: (random) => `/authors?limit=25&offset=${25 * Math.floor(random() * 4)}`,
    raw: `${AVERAGES} select *, engagements::numeric / posts from own order by engagements desc limit 25`,
  },
  {
    name: "live stats",
    path: () => "/live/stats",
    cached: false,
    raw: `select ${COUNTS} from engagements e`,
  },
];
