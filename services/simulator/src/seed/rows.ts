import { createRandom } from "../random.ts";
import type { Author } from "./authors.ts";
import { DAY_MS, firstDay } from "./calendar.ts";
import { createFaker, createHeadlines } from "./headlines.ts";
import { CATEGORIES, type Category, type SamplePlan } from "./plan.ts";
import type { Posts } from "./posts.ts";
import { VOCABULARY } from "./vocabulary.ts";

/** A value of a column; an array is a text[]. */
export type Cell = string | number | boolean | readonly string[] | null;
export type Row = readonly Cell[];

/** A table's rows, made as they are read. */
export interface Table {
  name: string;
  columns: readonly string[];
  size: number;
  rows: () => Generator<Row>;
}

const day = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Where the sample's pages would be: a domain that leads nowhere by its standard (RFC 2606). */
export const SITE = "https://example.org";

/** Frequencies in percent. */
const COUNTRIES = [
  ["US", 34],
  ["GB", 14],
  ["DE", 9],
  ["FR", 8],
  ["CA", 7],
  ["IN", 7],
  ["ES", 6],
  ["BR", 6],
  ["AU", 5],
  ["JP", 4],
] as const;
const USER_SEGMENTS = [
  ["free", 68],
  ["subscriber", 22],
  ["trial", 7],
  ["staff", 3],
] as const;
const LANGUAGES = [
  ["en", 92],
  ["es", 3],
  ["de", 2],
  ["fr", 2],
  ["pt", 1],
] as const;
const PROMOTED = 0.04;
const WITH_MEDIA = 0.6;
/** Readers and authors joined before the history begins: their engagements and posts all come later. */
const JOINED_WITHIN_DAYS = 1_500;

function weighted(options: readonly (readonly [string, number])[], fraction: number): string {
  let draw = fraction * 100;
  for (const [value, percent] of options) {
    if (draw < percent) return value;
    draw -= percent;
  }
  return (options[0] as readonly [string, number])[0];
}

/** The catalogue's tables, in an order that satisfies their references. */
export function catalogueTables(plan: SamplePlan, authors: readonly Author[], posts: Posts): Table[] {
  const first = firstDay(plan);
  const categoryOf = (post: number) => CATEGORIES[posts.category[post] as number] as Category;

  function* authorRows(): Generator<Row> {
    const faker = createFaker(plan.seed, "authors");
    const random = createRandom(plan.seed, "author rows");
    for (const [index, { category }] of authors.entries())
      yield [
        index + 1,
        `${faker.person.firstName()} ${faker.person.lastName()}`,
        day(first - (1 + random.below(JOINED_WITHIN_DAYS)) * DAY_MS),
        category,
        `${SITE}/authors/${index + 1}`,
      ];
  }

  function* postRows(): Generator<Row> {
    const headline = createHeadlines(plan.seed, new Date(plan.anchor).getUTCFullYear());
    const random = createRandom(plan.seed, "post rows");
    for (const [index, published] of posts.published.entries())
      yield [
        index + 1,
        (posts.author[index] as number) + 1,
        categoryOf(index),
        new Date(published).toISOString(),
        headline(categoryOf(index)),
        Math.round(Math.exp(6.7 + 0.5 * random.normal())),
        random.float() < WITH_MEDIA,
        `${SITE}/posts/${index + 1}`,
      ];
  }

  function* userRows(): Generator<Row> {
    const random = createRandom(plan.seed, "user rows");
    for (let user = 1; user <= plan.users; user++)
      yield [
        user,
        day(first - (1 + random.below(JOINED_WITHIN_DAYS)) * DAY_MS),
        weighted(COUNTRIES, random.float()),
        weighted(USER_SEGMENTS, random.float()),
      ];
  }

  function* metadataRows(): Generator<Row> {
    const random = createRandom(plan.seed, "metadata rows");
    for (let post = 0; post < plan.posts; post++) {
      const { tags } = VOCABULARY[categoryOf(post)];
      const from = random.below(tags.length);
      const count = 2 + random.below(3);
      const chosen = Array.from(
        { length: count },
        (_, step) => tags[(from + step * 3) % tags.length] as string,
      );
      yield [post + 1, [...new Set(chosen)], random.float() < PROMOTED, weighted(LANGUAGES, random.float())];
    }
  }

  return [
    {
      name: "authors",
      columns: ["author_id", "name", "joined_date", "author_category", "url"],
      size: plan.authors,
      rows: authorRows,
    },
    {
      name: "posts",
      columns: [
        "post_id",
        "author_id",
        "category",
        "publish_timestamp",
        "title",
        "content_length",
        "has_media",
        "url",
      ],
      size: plan.posts,
      rows: postRows,
    },
    {
      name: "users",
      columns: ["user_id", "signup_date", "country", "user_segment"],
      size: plan.users,
      rows: userRows,
    },
    {
      name: "post_metadata",
      columns: ["post_id", "tags", "is_promoted", "language"],
      size: plan.posts,
      rows: metadataRows,
    },
  ];
}
