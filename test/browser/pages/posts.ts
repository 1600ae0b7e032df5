import type { PostList } from "@pulseboard/contract";
import { expect, it } from "vitest";
import { ACCENTED, full, HEBREW, keys, type Site, said, soon, WITHDRAWN, where } from "./site.ts";

/** The list of posts holds against REST, in all that a reader does with it. */
export function testPosts(site: Site): void {
  it("shows of every listed post what REST says of it", async () => {
    await site.counted();
    const page = await site.open("?view=posts&sort=engagements");
    const { posts, total } = await site.rest<PostList>("/posts?sort=engagements&limit=25");
    await expect.poll(() => keys(page), soon).toEqual(posts.map((post) => post.post_id));
    await expect.poll(() => where(page), soon).toBe(`1 to 25 of ${total} posts`);
    const figures = await page
      .locator(".list tbody tr")
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll(".figure")].map((figure) => figure.getAttribute("title"))),
      );
    expect(figures).toEqual(
      posts.map(({ last_1h, last_24h, total_engagements }) =>
        [last_1h, last_24h, total_engagements].map(full),
      ),
    );
    await expect
      .poll(() => page.locator(`tr[data-key='${HEBREW}'] .title bdi`).count(), soon)
      .toBeLessThanOrEqual(1);
  });

  it("turns pages, sorts, and keeps both in the address", async () => {
    const page = await site.open("?view=posts&sort=title");
    const { total } = await site.rest<PostList>("/posts?limit=1");
    await page.getByRole("button", { name: "Next" }).click();
    await expect.poll(() => where(page), soon).toBe(`26 to 50 of ${total} posts`);
    const { posts } = await site.rest<PostList>("/posts?sort=title&limit=25&offset=25");
    await expect.poll(() => keys(page), soon).toEqual(posts.map((post) => post.post_id));
    await page.reload();
    await expect.poll(() => where(page), soon).toBe(`26 to 50 of ${total} posts`);

    await page.getByRole("button", { name: "Title" }).click();
    const descending = await site.rest<PostList>("/posts?sort=title&order=desc&limit=25");
    await expect.poll(() => keys(page), soon).toEqual(descending.posts.map((post) => post.post_id));
    expect(new URL(page.url()).searchParams.get("order")).toBe("desc");
    await expect.poll(() => page.locator("th[aria-sort=descending]").textContent(), soon).toContain("Title");
    await expect.poll(() => where(page), soon).toBe(`1 to 25 of ${total} posts`);
  });

  it("is found, read and left by keyboard alone", async () => {
    const page = await site.open("?view=posts");
    await page.keyboard.press("/");
    await page.keyboard.type("creme brulee");
    await expect.poll(() => keys(page), soon).toEqual([ACCENTED]);
    await expect.poll(() => said(page.locator("tr mark").first()), soon).toBe("Crème brûlée");
    await page.keyboard.press("Escape");
    await expect.poll(async () => (await keys(page)).length, soon).toBe(25);

    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    const [, second] = await keys(page);
    await expect.poll(() => page.locator("tr:focus").getAttribute("data-key"), soon).toBe(String(second));
    await page.keyboard.press("PageDown");
    await expect.poll(() => where(page), soon).toMatch(/^26 to 50/);
    await expect.poll(() => page.locator("tr:focus").count(), soon).toBe(1);
    const linked = page.locator(".list tr:has(.article)").first();
    await linked.focus();
    const [article] = await Promise.all([page.waitForEvent("popup"), page.keyboard.press("o")]);
    expect(article.url()).toMatch(/^https:\/\/example\.org\/\d+$|^chrome-error/);
    await article.close();
    const key = await linked.getAttribute("data-key");
    await page.keyboard.press("Enter");
    await expect.poll(() => new URL(page.url()).searchParams.get("id"), soon).toBe(key);
    await expect.poll(() => said(page.locator("h1:focus")), soon).toMatch(/^Post \d+$|brûlée|רכבות/);

    // Single keys can be turned off.
    await page.keyboard.press("?");
    await page.getByLabel("Single keys act anywhere on the page").press("Space");
    await page.keyboard.press("Escape");
    await page.goto(`${site.url}/dashboard/?view=authors`);
    await expect.poll(async () => (await keys(page)).length, soon).toBe(20);
    await page.keyboard.press("/");
    await expect.poll(() => page.locator("input:focus").count(), soon).toBe(0);
  });

  it("says why nothing is left, and leads back to some", async () => {
    const page = await site.open("?view=posts&since=30d&q=no+such+text");
    const nothing = page.locator(".list .nothing, .panel.posts .nothing").first();
    await expect
      .poll(() => said(nothing), soon)
      .toMatch(
        /^Nothing matches “no such text” ?Searched in titles and authors’ names, without regard to case and accents, within the filters\./,
      );
    await page.getByRole("button", { name: "Clear the search" }).click();
    await expect.poll(async () => (await keys(page)).length, soon).toBe(25);

    await site.load(page, "?view=posts&category=Nowhere");
    await expect
      .poll(() => said(nothing), soon)
      .toMatch(/^Nothing matches these filters ?Choose a wider filter to see more posts\./);
    await page.getByRole("button", { name: "Show all" }).click();
    await expect.poll(async () => (await keys(page)).length, soon).toBe(25);
  });

  it("keeps withdrawn posts apart, with the word", async () => {
    const page = await site.open("?view=posts&q=Post+4");
    await expect.poll(() => keys(page), soon).not.toContain(WITHDRAWN[0]);
    await expect.poll(() => page.getByText("withdrawn", { exact: true }).count(), soon).toBe(0);
    await page.getByRole("button", { name: /^Withdrawn/ }).click();
    await expect.poll(async () => new Set(await keys(page)), soon).toEqual(new Set(WITHDRAWN));
    await expect
      .poll(() => page.locator(".badge", { hasText: "withdrawn" }).count(), soon)
      .toBe(WITHDRAWN.length);
    await page.locator("tr a.post").first().click();
    await expect.poll(() => said(page.locator(".lead")), soon).toMatch(/^Withdrawn\./);
  });

  it("moves figures and no row under the reader, and offers the new order", async () => {
    await site.counted();
    const page = await site.open("?view=posts&sort=engagements");
    const before = await keys(page);
    const last = before.at(-1) ?? 0;
    const figure = page.locator(`tr[data-key='${last}'] td.day .figure`);
    const held = await figure.getAttribute("title");
    await site.engage([[last, 30]]);
    await expect.poll(() => figure.getAttribute("title"), soon).not.toBe(held);
    await expect.poll(() => keys(page), soon).toEqual(before);
    await page.getByRole("button", { name: "1 has moved" }).click();
    await expect.poll(() => keys(page), soon).toEqual([last, ...before.slice(0, -1)]);
    await expect.poll(() => page.locator(".moved").count(), soon).toBe(0);
  });
}
