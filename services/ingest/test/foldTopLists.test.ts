import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { topListChecks } from "../src/audit/checks/topLists.ts";
import { createFixture, type Event, MINUTE_MS } from "./foldFixture.ts";

const POSTS = 1_500;

/** Posts drawn so that low ids are favoured (skew > 1) or all are alike (1). */
function burst(seed: number, count: number, skew: number, at: number): Event[] {
  let state = seed | 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, () => {
    const postId = 1 + Math.floor(POSTS * random() ** skew);
    return { postId, type: "view", at: at - Math.floor(random() * 3) * MINUTE_MS };
  });
}

describe("top lists", () => {
  it("a withdrawn post leaves them with the next version, the next best moves up, every sum keeps it, and it comes back", async () => {
    const { pool, fold, write, putPost, clock, rows, drift } = await createFixture();
    for (let id = 1; id <= 120; id++)
      await putPost({ id, author: 1 + (id % 7), category: "news", publish: clock.now });
    await write(
      Array.from({ length: 120 * 3 }, (_, index) => ({
        postId: 1 + (index % 120),
        type: "view",
        at: clock.now.getTime(),
      })),
    );
    const first = await fold.foldNow();
    const sums = () =>
      rows(
        `select (select json_agg(a order by author_id) from author_stats a) as authors,
                (select json_agg(c) from category_stats c) as categories, (select posts from stats) as posts`,
      );
    const listed = async () =>
      (
        await rows<{ window_name: string; posts: number; first: number }>(
          `select window_name, count(*)::integer as posts, min(post_id) as first from top_candidates group by 1 order by 1`,
        )
      ).map(({ posts, first }) => [posts, first]);
    const before = await sums();
    expect(await listed()).toEqual([120, 120, 120, 120].map((posts) => [posts, 1]));
    await pool.query("update posts set withdrawn_at = now() where post_id <= 30");
    const second = await fold.foldNow();
    expect(second!.version).toBeGreaterThan(first!.version);
    expect(await listed()).toEqual([90, 90, 90, 90].map((posts) => [posts, 31]));
    expect(await sums()).toEqual(before);
    // What it counts meanwhile does not bring it back.
    await write([{ postId: 5, type: "view", at: clock.now.getTime() }]);
    await fold.foldNow();
    expect((await listed())[0]).toEqual([90, 31]);
    expect(await drift()).toEqual([]);
    await pool.query("update posts set withdrawn_at = null where post_id = 5");
    await fold.foldNow();
    expect((await listed())[0]).toEqual([91, 5]);
    expect(await drift()).toEqual([]);
  });

  it("hold the top 100, and every post outside ranks at or below the floor, whatever comes and goes", async () => {
    const { pool, fold, write, moveClock, clock, rows } = await createFixture();
    await pool.query("insert into authors (author_id, name, author_category) values (1, 'A', 'tech')");
    await pool.query(
      `insert into posts (post_id, author_id, category, publish_timestamp)
       select id, 1, 'news', now() from generate_series(1, $1::integer) id`,
      [POSTS],
    );
    const floors = new Set<string>();
    let fallen = 0;
    let before: { window_name: string; count: number }[] = [];
    const step = fc.record({
      seed: fc.integer({ min: 1, max: 1e9 }),
      count: fc.constantFrom(0, 50, 800, 3_000),
      skew: fc.constantFrom(1, 2, 6),
      minutes: fc.constantFrom(0, 0, 1, 3, 5, 30, 70, 1_500),
      // So many of the best posts of all time are withdrawn, and so many are put back.
      withdraw: fc.constantFrom(0, 0, 1, 40, 350),
      putBack: fc.constantFrom(0, 0, 1, 200),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 10 }), async (steps) => {
        for (const { seed, count, skew, minutes, withdraw, putBack } of steps) {
          moveClock(minutes * MINUTE_MS);
          await pool.query(
            `update posts set withdrawn_at = null
             where post_id in (select post_id from posts where withdrawn_at is not null order by post_id limit $1)`,
            [putBack],
          );
          await pool.query(
            `update posts set withdrawn_at = now()
             where post_id in (select post_id from post_stats where not withdrawn order by views desc, post_id limit $1)`,
            [withdraw],
          );
          if (count) await write(burst(seed, count, skew, clock.now.getTime()));
          await fold.foldNow();
          for (const check of topListChecks) {
            const client = await pool.connect();
            try {
              expect(await check.run(client)).toMatchObject({ differences: 0, examples: [] });
            } finally {
              client.release();
            }
          }
          const now = await rows<{ window_name: string; count: number }>(
            "select window_name, count from top_floors order by 1",
          );
          now.forEach((floor, index) => {
            floors.add(`${floor.window_name} ${floor.count > 0}`);
            if (before[index] && before[index].count > floor.count) {
              fallen++;
              // Counts of all time never fall: posts have left the list.
              if (floor.window_name === "all") expect(withdraw).toBeGreaterThan(0);
            }
          });
          before = now;
        }
      }),
      { numRuns: 10 },
    );
    // The histories did raise floors, by trimming, and lower them, by reading anew.
    for (const name of ["5m", "1h", "24h"]) expect(floors).toContain(`${name} false`);
    for (const name of ["5m", "1h", "24h", "all"]) expect(floors).toContain(`${name} true`);
    expect(fallen).toBeGreaterThan(0);
    const [most] = await rows<{ candidates: number }>(
      "select coalesce(max(n), 0)::integer as candidates from (select count(*) as n from top_candidates group by window_name) c",
    );
    expect(most!.candidates).toBeLessThanOrEqual(1_000);
  });
});
