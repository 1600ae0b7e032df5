import type { About } from "@pulseboard/contract";
import { expect, it } from "vitest";
import { type Site, soon, tabTo } from "./site.ts";

/** About tells what this installation is. */
export function testAbout(site: Site): void {
  it("tells on About what GET /about answers", async () => {
    const page = await site.open("?view=about");
    const about = await site.rest<About>("/about");
    await expect.poll(() => page.locator("#endpoints tbody tr").count(), soon).toBe(about.endpoints.length);
    await expect
      .poll(() => page.locator("#promises dt").allTextContents(), soon)
      .toEqual(about.invariants.map(({ name }) => name));
    await expect.poll(() => page.locator("#schema details").count(), soon).toBe(about.schema.length);
    for (const query of about.queries.slice(0, 3)) {
      await page.getByRole("tab", { name: query.name, exact: true }).click();
      await expect.poll(() => page.locator("pre").textContent(), soon).toBe(query.sql);
    }
  });

  it("is read by keyboard alone", async () => {
    const page = await site.open("?view=about");
    const { queries } = await site.rest<About>("/about");
    await tabTo(page, "[role=tab]");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => page.locator("[role=tab]:focus").textContent(), soon).toContain(queries[1]!.name);
    await expect.poll(() => page.locator("pre").textContent(), soon).toBe(queries[1]!.sql);
    // The text scrolls by key too.
    await tabTo(page, "pre");
    await tabTo(page, "#schema summary");
    const details = page.locator("#schema details:has(summary:focus)");
    const before = await details.evaluate((box) => box.open);
    await page.keyboard.press("Enter");
    await expect.poll(() => details.evaluate((box) => box.open), soon).toBe(!before);
  });
}
