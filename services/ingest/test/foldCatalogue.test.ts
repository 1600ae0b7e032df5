import { describe, expect, it } from "vitest";
import { createFixture, DAY_MS, type Event } from "./foldFixture.ts";

const PUBLISHED = new Date("2026-03-09T00:00:00Z");

describe("a post that changes author or category", () => {
  it("takes its whole history along, and leaves nothing behind", async () => {
    const { fold, putPost, write, clock, rows, drift } = await createFixture();
    await putPost({ id: 1, author: 10, category: "news", publish: PUBLISHED });
    await putPost({ id: 2, author: 20, category: "tech", publish: PUBLISHED });
    const history = [0, 1, 40].map(
      (days): Event => ({ postId: 1, type: "view", at: clock.now.getTime() - days * DAY_MS }),
    );
    await write(history);
    await fold.foldNow();

    await putPost({ id: 1, author: 20, category: "tech", publish: PUBLISHED });
    await write(history);
    const result = await fold.foldNow();

    expect(await drift()).toEqual([]);
    expect(await rows("select author_id, posts, engagements, views_24h from author_stats")).toEqual([
      { author_id: 20, posts: 2, engagements: 6, views_24h: 2 },
    ]);
    expect(await rows("select category from category_stats")).toEqual([{ category: "tech" }]);
    expect(await rows("select distinct category from category_quarters")).toEqual([{ category: "tech" }]);
    expect(
      await rows("select author_id, category, posts, engagements::integer from author_categories"),
    ).toEqual([{ author_id: 20, category: "tech", posts: 2, engagements: 6 }]);
    for (const history of ["closed_author_quarters", "author_quarters", "closed_author_days", "author_days"])
      expect(await rows(`select distinct author_id from ${history}`)).toEqual([{ author_id: 20 }]);
    expect(await rows("select days::text[] from folds where version = $1", [result!.version])).toEqual([
      { days: ["2026-01-29", "2026-03-09", "2026-03-10"] },
    ]);
  });

  it("moves whole, a bounded number of quarters a fold; the others stay queued and exact", async () => {
    const { fold, putPost, write, clock, rows, drift } = await createFixture({ maxBucketsMoved: 5 });
    const ids = [1, 2, 3, 4];
    const put = async (author: number) => {
      for (const id of ids) await putPost({ id, author, category: "news", publish: PUBLISHED });
    };
    await put(10);
    await write(
      ids.flatMap((postId) =>
        Array.from(
          { length: 4 },
          (_, hour): Event => ({ postId, type: "like", at: clock.now.getTime() - hour * 3_600_000 }),
        ),
      ),
    );
    await fold.foldNow();
    await put(20);
    const moved: number[] = [];
    for (let more = true; more; ) {
      const result = await fold.foldNow();
      more = result!.more;
      expect(await drift()).toEqual([]);
      moved.push((await rows("select 1 from post_stats where author_id = 20")).length);
    }
    expect(moved).toEqual([2, 4]);
  });

  it("of more quarters than the bound moves all the same", async () => {
    const { fold, putPost, write, clock, rows, drift } = await createFixture({ maxBucketsMoved: 1 });
    await putPost({ id: 1, author: 10, category: "news", publish: PUBLISHED });
    await write(
      [0, 1, 2, 3].map((days) => ({ postId: 1, type: "view", at: clock.now.getTime() - days * DAY_MS })),
    );
    await fold.foldNow();
    await putPost({ id: 1, author: 11, category: "news", publish: PUBLISHED });
    expect(await fold.foldNow()).toMatchObject({ more: false });
    expect(await rows("select author_id from post_stats")).toEqual([{ author_id: 11 }]);
    expect(await drift()).toEqual([]);
  });

  it("whose publish time alone changes leaves its history where it is", async () => {
    const { fold, putPost, write, clock, rows, drift } = await createFixture();
    await putPost({ id: 1, author: 10, category: "news", publish: PUBLISHED });
    await write([{ postId: 1, type: "view", at: clock.now.getTime() }]);
    await fold.foldNow();
    await putPost({ id: 1, author: 10, category: "news", publish: new Date("2026-01-01T00:00:00Z") });
    const result = await fold.foldNow();
    expect(await rows("select days from folds where version = $1", [result!.version])).toEqual([
      { days: [] },
    ]);
    expect(await rows("select posts_7d, posts_90d, engagements_90d from author_stats")).toEqual([
      { posts_7d: 0, posts_90d: 1, engagements_90d: 1 },
    ]);
    expect(await drift()).toEqual([]);
  });
});

describe("a new post", () => {
  it("counts under its author and category before anyone engages, and to come ones as recent", async () => {
    const { fold, putPost, clock, rows, drift } = await createFixture();
    await putPost({ id: 1, author: 10, category: "news", publish: new Date(clock.now.getTime() + DAY_MS) });
    await fold.foldNow();
    expect(await rows("select posts, posts_7d, engagements from author_stats")).toEqual([
      { posts: 1, posts_7d: 1, engagements: 0 },
    ]);
    expect(await rows("select category, posts from category_stats")).toEqual([
      { category: "news", posts: 1 },
    ]);
    expect(await drift()).toEqual([]);
  });

  it("with deltas is mapped in their fold, though its own change is not due", async () => {
    const { pool, fold, write, clock, rows, drift } = await createFixture();
    await pool.query("insert into authors (author_id, name, author_category) values (1, 'A', 'tech')");
    await pool.query(
      `insert into posts (post_id, author_id, category, publish_timestamp)
       select id, 1, 'news', now() from generate_series(1, 20001) id`,
    );
    await write([{ postId: 20_001, type: "view", at: clock.now.getTime() }]);
    await fold.foldNow(); // the author's change and 19,999 posts
    expect(
      await rows("select count(*)::integer as posts, sum(views)::integer as views from post_stats"),
    ).toEqual([{ posts: 20_000, views: 1 }]);
    expect(await drift()).toEqual([]);
    await fold.foldNow();
    expect(await rows("select posts from category_stats")).toEqual([{ posts: 20_001 }]);
    expect(await drift()).toEqual([]);
  });
});
