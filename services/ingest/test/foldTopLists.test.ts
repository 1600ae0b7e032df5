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
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 10 }), async (steps) => {
        for (const { seed, count, skew, minutes } of steps) {
          moveClock(minutes * MINUTE_MS);
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
              expect(floor.window_name).not.toBe("all");
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
      "select max(n)::integer as candidates from (select count(*) as n from top_candidates group by window_name) c",
    );
    expect(most!.candidates).toBeLessThanOrEqual(1_000);
  });
});
