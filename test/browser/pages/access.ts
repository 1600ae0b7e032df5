import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { AUTHOR, POST, type Site, soon } from "./site.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string }[];
}

/** Everyone can use every page, on every screen. */
export function testAccess(site: Site): void {
  it.each(["posts", "authors", `post&id=${POST}`, `author&id=${AUTHOR}`, "about"])(
    "has no serious fault for those who see or hear it otherwise: %s",
    async (view) => {
      const page = await site.open(`?view=${view}`);
      await page.evaluate(AXE);
      const looks: { colorScheme: "light" | "dark"; width: number }[] = [
        { colorScheme: "light", width: 1440 },
        { colorScheme: "dark", width: 1440 },
        { colorScheme: "light", width: 390 },
      ];
      for (const { colorScheme, width } of looks) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 1000 });
        await expect.poll(() => page.evaluate("document.getAnimations().length"), soon).toBe(0);
        const found = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as {
            axe: { run(options: object): Promise<{ violations: Violation[] }> };
          };
          const { violations } = await axe.run({ resultTypes: ["violations"] });
          return violations
            .filter(({ impact }) => impact === "serious" || impact === "critical")
            .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        });
        expect(found, `${colorScheme} at ${width}`).toEqual([]);
        const wide = await page.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth);
        expect(wide, `${view} at ${width}`).toBe(0);
      }
    },
  );

  const views = [
    "",
    "?view=posts",
    "?view=authors",
    `?view=post&id=${POST}`,
    `?view=author&id=${AUTHOR}`,
    "?view=about",
  ];

  it.each([
    ["a small phone", { width: 360, height: 740 }],
    ["a screen of 4K", { width: 3840, height: 2160 }],
  ])("fits %s without scrolling sideways", async (_screen, look) => {
    const page = await site.visit("?view=about", look);
    for (const view of views) {
      await site.load(page, view);
      const over = await page.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth);
      expect(over, view).toBe(0);
    }
  });

  it("grows with a very large screen, on a desk and on a wall", async () => {
    const page = await site.visit("?view=about");
    const heights = async (query: string, width: number) => {
      await page.setViewportSize({ width, height: (width * 9) / 16 });
      await site.load(page, query);
      const text = page.locator("h2, .axis, .note, .title").filter({ visible: true });
      return text.evaluateAll((all) =>
        Math.min(
          ...all.map((one) =>
            Number.parseFloat(one.ownerDocument.defaultView.getComputedStyle(one).fontSize),
          ),
        ),
      );
    };
    const [desk, wall] = [await heights("", 1920), await heights("?wall", 1920)];
    await expect.poll(() => heights("", 3840), soon).toBeGreaterThan(1.6 * desk);
    await expect.poll(() => heights("?wall", 3840), soon).toBeCloseTo(2 * wall);
    expect(wall).toBeGreaterThan(1.5 * desk);
  });

  it.each(["", `?view=post&id=${POST}`])("is whole on paper: %s", async (view) => {
    const page = await site.open(view, { width: 794, height: 1123 });
    await page.emulateMedia({ media: "print" });
    const shown = page.locator(".panel").filter({ visible: true });
    await expect.poll(() => shown.count(), soon).toBe(await page.locator(".panel").count());
    await expect.poll(() => page.locator(".top, .tools").filter({ visible: true }).count(), soon).toBe(0);
    await expect
      .poll(() => page.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth), soon)
      .toBe(0);
  });
}
