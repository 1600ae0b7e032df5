import { readFile } from "node:fs/promises";
import type { PostDetail } from "@pulseboard/contract";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { AUTHOR, OLD, POST, type Site, said, soon } from "./site.ts";

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

  it("saves the heatmap with the very colours of its cells, and says so when it cannot", async () => {
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

    // As a browser does that has no memory for it.
    const png = page.locator("#heatmap").getByRole("button", { name: "PNG" });
    await page.locator("html").evaluate((html) => {
      const { prototype } = html.ownerDocument.defaultView.HTMLCanvasElement;
      prototype.toBlob = (done: (blob: null) => void) => done(null);
    });
    await png.click();
    await expect.poll(() => said(png), soon).toBe("PNG failed");
    expect(await png.getAttribute("title")).toBe("this browser makes no PNG");
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

  it.each([
    [`?view=post&id=${POST}`, ["curve", "standing"]],
    [`?view=author&id=${AUTHOR}`, ["advice", "strip"]],
    ["?view=about", ["endpoints", "schema"]],
  ])("saves what stands on %s, and no answer of the API has, as CSV", async (query, panels) => {
    const page = await site.open(query);
    for (const id of panels) {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.locator(`#${id}`).getByRole("button", { name: "CSV" }).click(),
      ]);
      const [head, ...rows] = (await readFile(await download.path(), "utf8")).trim().split("\r\n");
      expect(head, id).toMatch(/^[a-z_]+(,[a-z_]+)+$/);
      expect(rows.length, id).toBeGreaterThan(0);
      if (id !== "standing") continue;
      const { ranks } = await site.rest<PostDetail>(`/posts/${POST}`);
      expect(rows).toEqual(
        ranks.map((rank) =>
          [rank.window, rank.scope, rank.rank, rank.previous_rank ?? "", rank.engagements].join(","),
        ),
      );
    }
  });

  it("has in the file of an author's posts the very posts of the table", async () => {
    const page = await site.open(`?view=author&id=${AUTHOR}`);
    const panel = page.locator("#bestposts");
    const all = panel.getByRole("button", { name: /^All / });
    if ((await all.count()) > 0) await all.click();
    const href = await panel.getByRole("link", { name: "CSV" }).getAttribute("href");
    const [head, ...rows] = (await (await fetch(site.url + href)).text()).trim().split("\r\n");
    // The columns before the first free text, so that no comma in a title counts.
    const column = head!.split(",").indexOf("post_id");
    const inFile = rows.map((row) => row.split(",")[column]);
    expect(inFile.length).toBeGreaterThan(0);
    expect(inFile).not.toContain(String(OLD));
    const inTable = panel.locator("tbody tr");
    await expect
      .poll(() => inTable.evaluateAll((shown) => shown.map((row) => row.dataset.id)), soon)
      .toEqual(inFile);
  });

  it("offers no file of everybody while an author is refused", async () => {
    const page = await site.visit("?view=about");
    await page.route(
      ({ pathname }) => pathname === `/authors/${AUTHOR}`,
      (route) => route.fulfill({ status: 503, json: { title: "PostgreSQL is away", status: 503 } }),
    );
    await page.goto(`${site.url}/dashboard/?view=author&id=${AUTHOR}`);
    await expect.poll(() => page.locator("#bestposts").getByText("Could not read").count(), soon).toBe(1);
    const files = page.locator("section.panel a[download]");
    // What was read is there as a file, and is of this author.
    await expect.poll(() => files.count(), soon).toBe(2);
    const found = await files.evaluateAll((links) =>
      links.map((link) => [link.getAttribute("href"), link.getAttribute("download")]),
    );
    expect(found).toEqual([
      [`/author/${AUTHOR}/trends?format=csv`, `days-of-author-${AUTHOR}.csv`],
      [
        `/analytics/engagement-patterns?author_id=${AUTHOR}&tz=UTC&format=csv`,
        `engagement-patterns-of-author-${AUTHOR}.csv`,
      ],
    ]);
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
