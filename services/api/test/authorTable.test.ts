import { expect, test } from "vitest";
import { AuthorTable } from "../src/readModels/authorList/authorTable.ts";
import { AuthorCatalogue } from "../src/readModels/authorList/catalogue.ts";
import { RecentPosts } from "../src/readModels/postList/recentPosts.ts";
import { createRandom } from "./rawAnswers.ts";

/** So many that they are not sorted by comparing. */
const AUTHORS = 6_000;
const VALUES = {
  engagements: "total_engagements",
  posts: "total_posts",
  average: "avg_engagement_per_post",
  opportunity: "opportunity_score",
} as const;

test("many authors are sorted as few are, decimals of averages included, ties by the lower id", () => {
  const random = createRandom(8);
  const authors = Array.from({ length: AUTHORS }, (_, number) => ({
    ...{ author_id: 1 + ((number * 7_919) % AUTHORS), external_id: null, url: null },
    ...{ name: `Author ${number}`, folded: `author ${number}`, category: `category ${number % 8}` },
  }));
  const recent = new RecentPosts();
  recent.restart(0);
  for (let post = 0; post < 4 * AUTHORS; post++)
    recent.add(Math.floor(random() ** 2 * AUTHORS), 1, 1, Math.floor(random() ** 4 * 50));
  const table = new AuthorTable(new AuthorCatalogue(authors), recent);
  const rows = table.performances().map((how, place) => ({ how, place }));
  expect(new Set(rows.map(({ how }) => how.performance_segment)).size).toBe(4);
  for (const [sort, value] of Object.entries(VALUES) as [keyof typeof VALUES, (typeof VALUES)["posts"]][])
    for (const direction of ["asc", "desc"] as const) {
      const sign = direction === "asc" ? 1 : -1;
      const sorted = rows.toSorted((a, b) => sign * (a.how[value] - b.how[value]) || a.place - b.place);
      expect([...table.sorted(sort, direction)]).toEqual(sorted.map(({ place }) => place));
    }
  expect(
    authors.every(
      ({ author_id }) => table.catalogue.rows[table.catalogue.placeOf(author_id)]?.author_id === author_id,
    ),
  ).toBe(true);
  expect(table.catalogue.placeOf(AUTHORS + 1)).toBe(-1);
});
