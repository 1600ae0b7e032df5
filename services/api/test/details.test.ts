import { beforeAll, describe, expect, test } from "vitest";
import { createFixture, DAY_MS, type Fixture, MINUTE_MS } from "../../ingest/test/foldFixture.ts";
import { startTestApi, type TestApi } from "./apiFixture.ts";
import { AUTHORS, fillCatalogue, POSTS, randomEvents } from "./rawAnswers.ts";

const WINDOWS = { "5m": 5, "1h": 60, "24h": 1440, all: null } as const;
const WITHDRAWN = 4;
const HOUR_MS = 60 * MINUTE_MS;

let fixture: Fixture;
let api: TestApi;

interface Counted {
  post_id: number;
  author_id: number;
  category: string;
  published: number;
  withdrawn: boolean;
  at: number[];
}

/** Posts with the times of their raw engagements. */
const rawPosts = () =>
  fixture.rows<Counted>(
    `select p.post_id, p.author_id, p.category, extract(epoch from publish_timestamp)::float8 * 1000 as published,
            withdrawn_at is not null as withdrawn,
            array_remove(array_agg(extract(epoch from engaged_timestamp)::float8 * 1000), null) as at
     from posts p left join engagements e using (post_id)
     group by p.post_id`,
  );

beforeAll(async () => {
  fixture = await createFixture();
  await fillCatalogue(fixture);
  await fixture.pool.query("update posts set withdrawn_at = now(), content_length = 700 where post_id = $1", [
    WITHDRAWN,
  ]);
  await fixture.pool.query(
    "insert into post_metadata (post_id, tags, is_promoted, language) values (1, '{a,b}', true, 'de')",
  );
  await fixture.write(randomEvents(fixture, 1_500, 60 * DAY_MS, 2));
  await fixture.write(randomEvents(fixture, 300, DAY_MS, 5, 8));
  await fixture.fold.foldNow();
  api = await startTestApi(fixture.url);
});

const windowEnd = async () => {
  const [stats] = await fixture.rows<{ window_minute: number }>("select window_minute from stats");
  return (stats!.window_minute + 1) * MINUTE_MS;
};

async function expectRanks(): Promise<void> {
  const [posts, end] = [await rawPosts(), await windowEnd()];
  for (const post of posts) {
    const { ranks } = await api.json(`/posts/${post.post_id}`);
    const expected = Object.entries(WINDOWS).flatMap(([window, minutes]) => {
      const count = ({ at }: Counted) =>
        at.filter((time) => minutes === null || (time >= end - minutes * MINUTE_MS && time < end)).length;
      const own = count(post);
      return ["all", post.category].map((scope) => {
        const above = posts.filter(
          (other) =>
            !other.withdrawn &&
            (scope === "all" || other.category === scope) &&
            (count(other) > own || (count(other) === own && other.post_id < post.post_id)),
        );
        return { window, scope, rank: own && !post.withdrawn ? above.length + 1 : null, engagements: own };
      });
    });
    expect(ranks.map(({ previous_rank: _, ...rank }: { previous_rank: unknown }) => rank)).toEqual(expected);
  }
}

describe("a post", () => {
  test("has its row, the catalogue's words, its first and last 72 hours", async () => {
    const end = await windowEnd();
    const hourNow = Math.floor((end - 1) / HOUR_MS) * HOUR_MS;
    const listed = [
      ...(await api.json("/posts?limit=100")).posts,
      ...(await api.json("/posts?state=withdrawn")).posts,
    ];
    expect(listed).toHaveLength(POSTS);
    for (const post of await rawPosts()) {
      const detail = await api.json(`/posts/${post.post_id}`);
      expect(detail).toMatchObject(listed.find(({ post_id }) => post_id === post.post_id));
      const birth = Math.floor(post.published / (15 * MINUTE_MS)) * 15 * MINUTE_MS;
      const quarterNow = Math.floor((end - 1) / (15 * MINUTE_MS)) * 15 * MINUTE_MS;
      const ages = Math.min(72, Math.max(0, Math.floor((quarterNow - birth) / HOUR_MS)));
      expect(detail.curve).toEqual(
        Array.from({ length: ages + 1 }, (_, age_hours) => ({
          age_hours,
          total_engagements: post.at.filter((at) => at < birth + age_hours * HOUR_MS).length,
        })),
      );
      expect(detail.hours).toEqual(
        Array.from({ length: 72 }, (_, index) => {
          const from = hourNow - (71 - index) * HOUR_MS;
          const engagements = post.at.filter((at) => at >= from && at < from + HOUR_MS).length;
          return { from: new Date(from).toISOString(), engagements };
        }),
      );
    }
    expect(await api.json("/posts/1")).toMatchObject({ tags: ["a", "b"], is_promoted: true, language: "de" });
    expect(await api.json(`/posts/${WITHDRAWN}`)).toMatchObject({ withdrawn: true, content_length: 700 });
    expect((await api.get("/posts/999999")).status).toBe(404);
  });

  test("has another tag as soon as the catalogue says something else of it", async () => {
    const tag = async () => (await api.get("/posts/2")).headers.get("etag");
    const before = await tag();
    await fixture.pool.query("insert into post_metadata (post_id, language) values (2, 'fr')");
    await fixture.write([{ postId: 3, type: "view", at: fixture.clock.now.getTime() }]);
    await fixture.fold.foldNow();
    expect(await tag()).not.toBe(before);
    expect(await api.json("/posts/2")).toMatchObject({ language: "fr" });
  });

  test("ranks as raw engagements rank it, in each window and in its category", async () => {
    await expectRanks();
  });

  test("ranks follow each fold: counts, a withdrawal and its end, another category, a new post", async () => {
    const { pool, clock, fold } = fixture;
    for (const change of [
      `update posts set withdrawn_at = case when post_id = 5 then now() end where post_id in (${WITHDRAWN}, 5)`,
      `insert into posts (post_id, author_id, category, publish_timestamp, title) values (${POSTS + 1}, 1, 'new', now(), 'new')`,
      "update posts set category = 'new' where post_id in (2, 6)",
      "update posts set withdrawn_at = null where post_id = 5",
    ]) {
      await pool.query(change);
      clock.now = new Date(clock.now.getTime() + 7 * MINUTE_MS);
      await fixture.write(
        [2, 3, POSTS].flatMap((postId) =>
          Array.from({ length: postId % 5 }, () => ({
            ...{ postId, type: "view" as const, at: clock.now.getTime() - 2 * MINUTE_MS },
          })),
        ),
      );
      await fold.foldNow();
      await expectRanks();
    }
  });
});

const round = (value: number) => Math.round(value * 100 + 1e-9) / 100;

function percentile(sorted: number[], part: number): number {
  const place = part * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!;
  return low + (sorted[Math.ceil(place)]! - low) * (place - Math.floor(place));
}

describe("an author", () => {
  test("stands among the category's authors and posts as raw engagements have it", async () => {
    const [{ since }] = (await fixture.rows<{ since: number }>(
      "select extract(epoch from (today - 90)::timestamp at time zone 'UTC')::float8 * 1000 as since from stats",
    )) as [{ since: number }];
    const recent = (await rawPosts()).filter(({ published }) => published >= since);
    const { authors } = await api.json("/authors?limit=100");
    const end = await windowEnd();
    for (let id = 1; id <= AUTHORS; id++) {
      const detail = await api.json(`/authors/${id}`);
      expect(detail).toMatchObject(authors.find(({ author_id }: { author_id: number }) => author_id === id));
      const averages = [...new Set(recent.map(({ author_id }) => author_id))].map((author_id) => {
        const own = recent.filter((post) => post.author_id === author_id);
        return { author_id, average: round(own.reduce((sum, { at }) => sum + at.length, 0) / own.length) };
      });
      const sorted = averages.map(({ average }) => average).sort((a, b) => a - b);
      expect(detail.category_averages).toEqual(sorted);
      expect(detail.category_p75).toBe(round(percentile(sorted, 0.75)));
      const own = averages.find(({ author_id }) => author_id === id)!;
      const above = averages.filter(
        ({ author_id, average }) =>
          average > own.average || (average === own.average && author_id < own.author_id),
      );
      expect([detail.category_rank, detail.category_authors]).toEqual([above.length + 1, averages.length]);
      const shown = recent.filter(({ withdrawn }) => !withdrawn);
      const best = (posts: Counted[]) =>
        [...posts].sort((a, b) => b.at.length - a.at.length || a.post_id - b.post_id);
      expect(
        detail.posts.map(({ post_id, total_engagements, category_rank }: Record<string, number>) => [
          post_id,
          total_engagements,
          category_rank,
        ]),
      ).toEqual(
        best(shown.filter(({ author_id }) => author_id === id)).map((post) => [
          post.post_id,
          post.at.length,
          1 + best(shown.filter(({ category }) => category === post.category)).indexOf(post),
        ]),
      );
      expect(detail.last_1h).toBe(
        (await rawPosts())
          .filter(({ author_id }) => author_id === id)
          .flatMap(({ at }) => at)
          .filter((at) => at >= end - HOUR_MS && at < end).length,
      );
    }
  });

  test("is compared with the other authors' posts of the category, in 40 bins that hold each once", async () => {
    // Authors of the fixture write about other things than their own category: here they do not.
    await fixture.pool.query("update posts set category = 'tech' where post_id % 2 = 0");
    while ((await fixture.fold.foldNow())?.more);
    const others = (await rawPosts()).filter(
      ({ author_id, category, withdrawn }) => author_id !== 1 && category === "tech" && !withdrawn,
    );
    const counts = others.map(({ at }) => at.length).sort((a, b) => a - b);
    const { category_posts } = await api.json("/authors/1");
    expect(category_posts).toMatchObject({
      count: counts.length,
      p25: round(percentile(counts, 0.25)),
      median: round(percentile(counts, 0.5)),
      p75: round(percentile(counts, 0.75)),
    });
    expect(category_posts.histogram).toHaveLength(40);
    let placed = 0;
    for (const [index, { from, to, posts }] of category_posts.histogram.entries()) {
      const within = counts.filter((count) => count >= from && (count < to || index === 39)).length;
      expect(posts).toBe(within);
      placed += posts;
    }
    expect(placed).toBe(counts.length);
  });

  test("that there is not is 404", async () => {
    expect((await api.get("/authors/999999")).status).toBe(404);
  });
});
