import type { PostDetail, PostList } from "@pulseboard/contract";
import { expect, it } from "vitest";
import { full, POST, type Site, said, soon, TURNED, where } from "./site.ts";

/** The page of a post holds against REST, live. */
export function testPost(site: Site): void {
  it("turns nothing around a title that turns the direction of writing", async () => {
    const page = await site.open(`?view=post&id=${TURNED}`);
    await expect.poll(() => page.title(), soon).toMatch(/(^|· )Turned · Pulseboard$/);
    expect(await page.content()).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  });

  it("shows of a post what REST says of it, and counts on without a reload, and leads back to its list", async () => {
    await site.engage([[POST, 30]]);
    const page = await site.open(`?view=post&id=${POST}`);
    const tile = (label: string) => page.locator(".tile", { hasText: label }).first().locator(".figure");
    const equal = async () => {
      const post = await site.rest<PostDetail>(`/posts/${POST}`);
      const shown = await Promise.all(
        ["Engagements", "Views", "Likes", "Comments", "Shares"].map((label) =>
          tile(label).getAttribute("title"),
        ),
      );
      const counts = [post.total_engagements, post.views, post.likes, post.comments, post.shares];
      return JSON.stringify(shown) === JSON.stringify(counts.map(full)) ? post : null;
    };
    await expect.poll(equal, soon).not.toBeNull();
    await site.engage([[POST, 3]]);
    await expect.poll(equal, soon).not.toBeNull();
    const post = await site.rest<PostDetail>(`/posts/${POST}`);
    await expect
      .poll(
        () =>
          page
            .locator("#standing tbody tr")
            .evaluateAll((rows) => rows.map((row) => row.querySelector("b")?.textContent ?? null)),
        soon,
      )
      .toEqual(
        ["5m", "1h", "24h", "all"].map((window) => {
          const rank =
            post.ranks.find((rank) => rank.window === window && rank.scope === "all")?.rank ?? null;
          return rank === null ? null : full(rank);
        }),
      );
    await page.locator("#hours").getByRole("button", { name: "Table" }).click();
    const sum = () =>
      page
        .locator("#hours tbody td")
        .evaluateAll((cells) =>
          cells.reduce((sum, cell) => sum + Number(cell.textContent?.replaceAll(",", "")), 0),
        );
    await expect.poll(sum, soon).toBe(post.hours.reduce((sum, { engagements }) => sum + engagements, 0));

    const crumb = page.locator(".crumb p").first();
    await expect.poll(() => said(crumb), soon).toBe(`Posts / ${post.category}`);
    const others = await site.rest<PostList>(`/posts?limit=1&category=${encodeURIComponent(post.category)}`);
    await crumb.getByRole("link", { name: post.category }).click();
    await expect.poll(() => where(page), soon).toContain(`of ${others.total} post`);
    await page.goBack();
    await crumb.getByRole("link", { name: "Posts" }).click();
    const { total } = await site.rest<PostList>("/posts?limit=1");
    await expect.poll(() => where(page), soon).toContain(`of ${total} posts`);
  });
}
