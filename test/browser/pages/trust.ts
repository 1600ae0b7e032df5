import { expect, it } from "vitest";
import { Relay } from "../../support/proxy/relay.ts";
import { AUTHOR, type Site, said, soon } from "./site.ts";

/** What the pages say when something lies between them and the API. */
export function testTrust(site: Site): void {
  const port = () => Number(new URL(site.url).port);

  it("says why a connection from another origin is refused, and what to do", async () => {
    // A proxy that does not hand on the Host that the browser sent.
    const relay = await Relay.open(port(), () => ({
      fromClient: (chunk) =>
        Buffer.from(chunk.toString("latin1").replace(/^host: .*$/im, "Host: api.internal"), "latin1"),
      fromServer: (chunk) => chunk,
    }));
    const from = `http://127.0.0.1:${relay.port}`;
    const page = await site.visit("", { from });
    const alert = page.locator(".alert");
    await expect
      .poll(() => said(alert), soon)
      .toContain(
        `The server refused the connection: this origin is not allowed: CORS_ORIGINS has to name it. The origin of this page is ${from}.`,
      );
    await expect.poll(() => alert.getByRole("button", { name: "Try now" }).count(), soon).toBe(1);
    // A key would not help.
    await expect.poll(() => page.locator("#read-key").count(), soon).toBe(0);
  });

  it("speaks in the past on Authors, an author and About once no number arrives any more", async () => {
    const relay = await Relay.open(port(), () => ({
      fromClient: (chunk) => chunk,
      fromServer: (chunk) => chunk,
    }));
    const from = `http://127.0.0.1:${relay.port}`;
    const open = (query: string) => site.open(query, { from });
    const [authors, author, about] = [
      await open("?view=authors"),
      await open(`?view=author&id=${AUTHOR}`),
      await open("?view=about"),
    ];
    const lead = (page: typeof authors) => said(page.locator(".lead"));
    await expect.poll(() => lead(author), soon).toMatch(/^Writes .* posts? in 90 days with .*\.$/);
    await expect.poll(() => lead(about), soon).toMatch(/engagements\.$/);
    relay.stall();
    await expect
      .poll(() => lead(authors), soon)
      .toMatch(/(wrote often and (was|were) read less .* at \d\d:\d\d\.)/);
    await expect
      .poll(() => lead(author), soon)
      .toMatch(/^Wrote .* in the 90 days up to \d\d:\d\d with .*\.$/);
    await expect.poll(() => lead(about), soon).toMatch(/engagements that were counted at \d\d:\d\d\.$/);
    relay.resume();
    await expect.poll(() => lead(author), soon).toMatch(/^Writes /);
  });

  it("asks for no more than four answers when a page is loaded again", async () => {
    let asked: string[] = [];
    const page = await site.visit("?view=about");
    page.on("request", (request) => {
      const { pathname, search } = new URL(request.url());
      if (!/^\/(dashboard|socket\.io)\//.test(pathname)) asked.push(pathname + search);
    });
    for (const query of ["", "?view=posts", "?view=authors", `?view=author&id=${AUTHOR}`, "?view=about"]) {
      await site.load(page, query);
      await expect.poll(() => page.getByTestId("freshness").getAttribute("data-level"), soon).toBe("live");
      asked = [];
      await page.reload();
      await expect.poll(() => page.locator("[data-ink=none]").count(), soon).toBe(0);
      await expect.poll(() => page.getByTestId("freshness").getAttribute("data-level"), soon).toBe("live");
      const first = new Set(asked);
      expect(first.size, [...first].join("\n")).toBeLessThanOrEqual(4);
    }
  });

  it("loads at most 150 KB of script, compressed, before the dashboard is live", async () => {
    const page = await site.visit("?view=about", { cold: true });
    const scripts: Promise<number>[] = [];
    page.on("requestfinished", (request) => {
      if (request.resourceType() === "script")
        scripts.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    });
    const client = await page.context().newCDPSession(page);
    await client.send("Network.setCacheDisabled", { cacheDisabled: true });
    await page.goto(`${site.url}/dashboard/`);
    await expect.poll(() => page.locator("#heatmap").count(), soon).toBe(1);
    await expect.poll(() => page.locator("[data-ink=none]").count(), soon).toBe(0);
    const sizes = await Promise.all(scripts);
    expect(sizes.length).toBeGreaterThan(3);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThanOrEqual(150 * 1_024);
  });
}
