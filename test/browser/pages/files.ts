import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { AUTHOR, POST, type Site } from "./site.ts";

/** What a reader can take away: every chart as a picture, every list of numbers as CSV. */
export function testFiles(site: Site): void {
  it.each([
    ["", ["days", "heatmap"]],
    [`?view=post&id=${POST}`, ["hours"]],
    [`?view=author&id=${AUTHOR}`, ["daily", "read", "strip"]],
  ])("saves each chart of %s as it looks", async (query, charts) => {
    const page = await site.open(query);
    const having = page.locator("section.panel:has(button:text-is('PNG'):enabled)");
    const ids = await having.evaluateAll((panels) => panels.map(({ id }) => id));
    expect(ids).toEqual(expect.arrayContaining(charts));
    for (const id of charts) {
      const box = await page.locator(`#${id} .picture`).boundingBox();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.locator(`#${id}`).getByRole("button", { name: "PNG" }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(`${id}.png`);
      const picture = await look(page, await readFile(await download.path()));
      expect([picture.width, picture.height], id).toEqual([
        Math.round(2 * (box!.width + 16)),
        Math.round(2 * (box!.height + 16)),
      ]);
      expect(picture.colours, id).toBeGreaterThan(8);
    }
  });

  it("saves the heatmap with the very colours of its cells", async () => {
    const page = await site.open("", { dark: true });
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.locator("#heatmap").getByRole("button", { name: "PNG" }).click(),
    ]);
    const cells = await page.locator("#heatmap").evaluate((panel) => {
      const { document, getComputedStyle } = panel.ownerDocument.defaultView;
      const origin = panel.querySelector(".picture").getBoundingClientRect();
      return [...panel.querySelectorAll(".cell:not(.none)")].map((cell) => {
        const box = cell.getBoundingClientRect();
        const pen = document.createElement("canvas").getContext("2d");
        pen.fillStyle = getComputedStyle(cell).backgroundColor;
        pen.fillRect(0, 0, 1, 1);
        return {
          x: box.left - origin.left + box.width / 2,
          y: box.top - origin.top + box.height / 2,
          colour: [...pen.getImageData(0, 0, 1, 1).data],
        };
      });
    });
    expect(cells.length).toBeGreaterThan(0);
    const picture = await look(page, await readFile(await download.path()), cells);
    expect(picture.at).toEqual(cells.map(({ colour }) => colour));
  });

  it.each([
    ["", ["categories", "coaching", "days", "heatmap", "leaderboard", "top-authors", "top-posts"]],
    [`?view=post&id=${POST}`, ["hours"]],
    [`?view=author&id=${AUTHOR}`, ["bestposts", "daily", "read"]],
  ])("has the numbers of %s as CSV", async (query, panels) => {
    const page = await site.open(query);
    const links = page.locator("section.panel a[href*='format=csv']");
    const found = await links.evaluateAll((all) =>
      all.map((link) => ({ id: link.closest("section").id, href: link.getAttribute("href") })),
    );
    expect(found.map(({ id }) => id).sort()).toEqual(panels);
    for (const { id, href } of found) {
      const answer = await fetch(site.url + href);
      expect(answer.headers.get("content-type"), id).toMatch(/^text\/csv/);
      const [head, ...rows] = (await answer.text()).trim().split("\r\n");
      expect(head, id).toMatch(/^[a-z0-9_]+(,[a-z0-9_]+)+$/);
      // Nobody is to be coached in this catalogue.
      if (id !== "coaching") expect(rows.length, id).toBeGreaterThan(0);
    }
  });
}

/** A picture's size, how many colours it has, and which at some places of the page (CSS pixels). */
async function look(page: Page, png: Buffer, places: { x: number; y: number }[] = []) {
  return page.locator("html").evaluate(
    async (html, { base64, places }) => {
      const { document, createImageBitmap } = html.ownerDocument.defaultView;
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width: image.width, height: image.height });
      const pen = canvas.getContext("2d");
      pen.drawImage(image, 0, 0);
      const all = new Uint32Array(pen.getImageData(0, 0, image.width, image.height).data.buffer);
      return {
        width: image.width,
        height: image.height,
        colours: new Set(all).size,
        at: places.map(({ x, y }) => [
          ...pen.getImageData(Math.round(2 * (x + 8)), Math.round(2 * (y + 8)), 1, 1).data,
        ]),
      };
    },
    { base64: png.toString("base64"), places },
  );
}
