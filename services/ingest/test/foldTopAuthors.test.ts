import { describe, expect, it } from "vitest";
import { createFixture, type Event } from "./foldFixture.ts";

const PUBLISHED = new Date("2026-03-09T00:00:00Z");

describe("the top author of a category", () => {
  const start = async () => {
    const fixture = await createFixture();
    const { clock, rows, fold, drift } = fixture;
    return {
      ...fixture,
      put: (id: number, author: number, category = "news") =>
        fixture.putPost({ id, author, category, publish: PUBLISHED }),
      view: (postId: number, count: number) =>
        fixture.write(
          Array.from({ length: count }, (): Event => ({ postId, type: "view", at: clock.now.getTime() })),
        ),
      /** By category, after a fold. */
      async top() {
        await fold.foldNow();
        expect(await drift()).toEqual([]);
        return rows(
          `select category, top_author_id as author, top_author_engagements::integer as engagements
           from category_stats order by category collate "C"`,
        );
      },
    };
  };

  it("is the one of the lowest id while nobody engages", async () => {
    const { put, top } = await start();
    await put(1, 30);
    await put(2, 20, "tech");
    expect(await top()).toEqual([
      { category: "news", author: 30, engagements: 0 },
      { category: "tech", author: 20, engagements: 0 },
    ]);
    await put(3, 10);
    await put(4, 40);
    expect(await top()).toMatchObject([{ author: 10, engagements: 0 }, { author: 20 }]);
  });

  it("has the most engagements on posts of that category, the lower id of several", async () => {
    const { put, view, top } = await start();
    await put(1, 10);
    await put(2, 20);
    await put(3, 10, "tech");
    await view(2, 2);
    await view(3, 9);
    expect(await top()).toMatchObject([
      { author: 20, engagements: 2 },
      { author: 10, engagements: 9 },
    ]);
    await view(1, 2);
    expect(await top()).toMatchObject([{ author: 10, engagements: 2 }, { author: 10 }]);
    await view(2, 1);
    expect(await top()).toMatchObject([{ author: 20, engagements: 3 }, { author: 10 }]);
  });

  it("gives way when a post of its leaves, and to whoever gains one", async () => {
    const { put, view, top } = await start();
    await put(1, 10);
    await put(2, 10);
    await put(3, 20);
    await put(4, 30, "tech");
    await view(1, 5);
    await view(2, 1);
    await view(3, 2);
    expect(await top()).toMatchObject([{ author: 10, engagements: 6 }, { author: 30 }]);
    await put(1, 10, "tech");
    expect(await top()).toMatchObject([
      { author: 20, engagements: 2 },
      { author: 10, engagements: 5 },
    ]);
    await put(1, 30);
    expect(await top()).toMatchObject([
      { author: 30, engagements: 5 },
      { author: 30, engagements: 0 },
    ]);
  });
});
