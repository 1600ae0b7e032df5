import type { AuthorDetail, AuthorList } from "@pulseboard/contract";
import { expect, it } from "vitest";
import { AUTHOR, full, keys, type Site, said, soon, tabTo } from "./site.ts";

/** The list of authors and the page of one hold against REST. */
export function testAuthors(site: Site): void {
  it("shows of authors what REST says of them, one by one and in the list", async () => {
    const list = await site.open("?view=authors&sort=name");
    const { authors, segments } = await site.rest<AuthorList>("/authors?sort=name&limit=25");
    await expect.poll(() => keys(list), soon).toEqual(authors.map((author) => author.author_id));
    const chips = await list.locator(".chip b").allTextContents();
    expect(
      chips
        .slice(1)
        .map(Number)
        .reduce((a, b) => a + b),
    ).toBe(segments.reduce((sum, segment) => sum + segment.authors, 0));

    const page = await site.open(`?view=author&id=${AUTHOR}`);
    const author = await site.rest<AuthorDetail>(`/authors/${AUTHOR}`);
    await expect.poll(() => said(page.locator("h1")), soon).toBe(author.name);
    const value = (label: string) =>
      said(page.locator(".tile", { hasText: label }).first().locator(".value"));
    await expect.poll(() => value("Posts, 90 days"), soon).toBe(full(author.total_posts));
    await expect.poll(() => value("Last hour"), soon).toBe(full(author.last_1h));
    await expect
      .poll(() => page.locator("#bestposts tbody tr").count(), soon)
      .toBe(Math.min(10, author.posts.length));
    await expect.poll(() => page.locator("#strip .own").count(), soon).toBe(author.posts.length);
    await page.locator("#strip [data-mark][tabindex='0']").focus();
    await page.keyboard.press("End");
    await expect.poll(() => said(page.locator(".tip")), soon).toMatch(/engagements$/);
    const cell = page.locator("#read [role=gridcell][tabindex='0']");
    await cell.focus();
    await page.keyboard.press("Home");
    await expect
      .poll(() => page.locator(":focus").getAttribute("aria-label"), soon)
      .toMatch(/day 00:00, \d+ engagements/);
  });

  it("are found and read by keyboard alone", async () => {
    const page = await site.open("?view=authors");
    const sought = await site.rest<AuthorDetail>(`/authors/${AUTHOR}`);
    await page.keyboard.press("/");
    await page.keyboard.type(sought.name);
    await expect.poll(() => keys(page), soon).toEqual([sought.author_id]);
    await page.keyboard.press("ArrowDown");
    await expect
      .poll(() => page.locator("tr:focus").getAttribute("data-key"), soon)
      .toBe(String(sought.author_id));
    await page.keyboard.press("Enter");
    await expect.poll(() => said(page.locator("h1:focus")), soon).toBe(sought.name);
    await expect.poll(() => page.locator("[data-ink=none]").count(), soon).toBe(0);

    // What can be pointed at is reached by Tab, once each, and left again.
    await tabTo(page, "#daily button:text-is('Table')");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator("#daily tbody tr").count(), soon).toBe(31);
    await tabTo(page, "#strip [data-mark]");
    await page.keyboard.press("Home");
    await expect.poll(() => said(page.locator(".tip")), soon).toMatch(/engagements?$/);
    await tabTo(page, "#read [role=gridcell]");
    await page.keyboard.press("Escape");
    await tabTo(page, "#bestposts td.post a");
    const title = await said(page.locator(":focus"));
    await page.keyboard.press("Enter");
    await expect.poll(() => said(page.locator("h1:focus")), soon).toBe(title);
  });
}
