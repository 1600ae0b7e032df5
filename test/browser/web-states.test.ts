import type { Locator, Page } from "playwright-core";
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { isThere, type Look, TestBrowser, warnWithoutChromium } from "./chromium.ts";
import { FakeServer } from "./fakeServer.ts";

/**
 * The dashboard in a browser against a server that says exactly what each test wants: what it shows while loading,
 * live, stale and offline, and which messages it believes.
 */
warnWithoutChromium("the dashboard's states in a browser");

describe.skipIf(!isThere)("the dashboard in a browser", () => {
  let browser: TestBrowser;
  let server: FakeServer;

  beforeAll(async () => {
    browser = await TestBrowser.launch();
  });
  afterEach(async () => {
    await server.stop();
  });

  async function open(query = "", look: Look = {}): Promise<Page> {
    const page = await browser.page({ moving: true, ...look });
    await page.goto(server.url + query);
    return page;
  }
  async function serve() {
    server = new FakeServer();
    await server.start();
    return server;
  }
  const total = (page: Page) => page.getByTestId("totals-engagements").getAttribute("data-value");
  /** What a reader sees of an element, in one line. */
  const said = async (of: Locator) => (await of.textContent())?.replace(/\s+/g, " ").trim();
  /** Live, however long a busy machine took to open the page. */
  const live = (page: Page) =>
    expect
      .poll(() => {
        server.pushTotals(server.version);
        return level(page);
      }, soon)
      .toBe("live");
  const level = (page: Page) => page.getByTestId("freshness").getAttribute("data-level");
  /** How the heatmap and the numbers are inked. */
  const inkOf = (page: Page) =>
    page.locator("#heatmap .heat").evaluate((heat) => {
      const { getComputedStyle } = heat.ownerDocument.defaultView;
      const tile = heat.ownerDocument.querySelector(".tile .value");
      return [getComputedStyle(heat).filter, getComputedStyle(tile).color];
    });
  const soon = { timeout: 60_000, interval: 50 };

  it("shows the snapshot and every exact figure", async () => {
    await serve();
    const page = await open("?window=24h&by=authors&category=Tech");
    await expect.poll(() => total(page), soon).toBe("1234");
    await live(page);
    // Each of them comes by a channel of its own.
    await expect
      .poll(() => said(page.locator("h1")), soon)
      .toMatch(/^1,241 engagements of Tech in the last hour, 24% above last [A-Z][a-z]+day at this time\.$/);
    const cell = page.locator('[data-testid=heatmap] [data-day="2"][data-hour="14"]');
    await expect.poll(() => cell.getAttribute("data-count"), soon).toBe("1234");
    const first = page.locator("[data-testid=leaderboard] li[data-rank='1']");
    await expect.poll(() => first.getAttribute("data-count"), soon).toBe("1234");
    const account = page.getByTestId("accounting");
    await expect.poll(() => account.getAttribute("data-stored"), soon).toBe("1234");
    await expect.poll(() => account.getAttribute("data-rejected"), soon).toBe("12");
    await expect.poll(() => account.getAttribute("data-duplicates"), soon).toBe("40");
    await expect
      .poll(() => said(account), soon)
      .toBe("Read 1,286 = 1,234 stored + 12 rejected + 40 repeated");
    // The filters of the address are what was asked for.
    expect(server.asked).toContainEqual({
      channel: "heatmap",
      params: { tz: "UTC", category: "Tech", compact: true },
    });
    expect(server.asked).toContainEqual({
      channel: "leaderboard",
      params: { by: "authors", window: "24h", limit: 10, compact: true },
    });
  });

  it("ignores a message with a lower version than the one it holds", async () => {
    await serve();
    const page = await open();
    const cell = page.locator('[data-day="2"][data-hour="14"]');
    await expect.poll(() => total(page), soon).toBe("1234");
    // What is asked later would be answered with later numbers.
    await expect.poll(() => cell.getAttribute("data-count"), soon).toBe("1234");
    await expect.poll(() => new Set(server.asked.map(({ channel }) => channel)).size, soon).toBe(4);
    server.engagements = 2_000;
    server.pushTotals(101);
    await expect.poll(() => total(page), soon).toBe("2000");
    server.engagements = 1_500;
    server.pushTotals(99);
    server.engagements = 3_000;
    const heatmap = server.asked.find(({ channel }) => channel === "heatmap");
    server.push({ ...server.message("heatmap", heatmap?.params ?? {}), version: 42 }, "heatmap");
    // A message of another subscription to the channel is not this one's.
    server.push(
      { ...server.message("heatmap", { tz: "Asia/Tokyo", compact: true }), version: 900 },
      "heatmap",
    );
    // Messages arrive in order: once this one shows, those before it were looked at.
    const board = server.asked.find(({ channel }) => channel === "leaderboard");
    server.push({ ...server.message("leaderboard", board?.params ?? {}), version: 900 }, "leaderboard");
    const first = page.locator("[data-testid=leaderboard] li[data-rank='1']");
    await expect.poll(() => first.getAttribute("data-count"), soon).toBe("3000");
    await expect.poll(() => total(page), soon).toBe("2000");
    await expect.poll(() => cell.getAttribute("data-count"), soon).toBe("1234");
    // An equal version is newer: the window of a leaderboard moves on without a fold.
    server.engagements = 2_001;
    server.pushTotals(101);
    await expect.poll(() => total(page), soon).toBe("2001");
  });

  it("says offline while there is no connection, keeps the numbers, and takes a new snapshot on return", async () => {
    await serve();
    const page = await open();
    await live(page);
    const asked = server.asked.length;
    const ink = await inkOf(page);
    await server.stop();
    await expect.poll(() => level(page), soon).toBe("offline");
    await expect
      .poll(() => said(page.getByTestId("freshness")), soon)
      .toMatch(/^Offline since \d\d:\d\d:\d\d/);
    await expect
      .poll(() => said(page.locator(".alert")), soon)
      .toMatch(/^Connection lost at \d\d:\d\d:\d\d\..*Try now$/s);
    await expect
      .poll(() => said(page.locator("h1")), soon)
      .toMatch(/in the hour before \d\d:\d\d, 24% above the [A-Z][a-z]+day before; 99% of them were Tech\.$/);
    await expect.poll(() => total(page), soon).toBe("1234");
    // The numbers stay, grey, and say of when they are.
    await expect.poll(() => said(page.locator(".tile").first()), soon).toMatch(/over 10 s before \d\d:\d\d/);
    await expect.poll(() => inkOf(page), soon).not.toEqual(ink);

    // Begun anew, with a lower version: the snapshot of a new connection is believed all the same.
    server.engagements = 5_678;
    server.version = 3;
    await server.start();
    await expect.poll(() => total(page), soon).toBe("5678");
    await live(page);
    const again = server.asked.slice(asked).map(({ channel }) => channel);
    expect(new Set(again)).toEqual(new Set(["totals", "heatmap", "leaderboard", "overview"]));
    await expect
      .poll(() => page.locator('[data-day="2"][data-hour="14"]').getAttribute("data-count"), soon)
      .toBe("5678");
    await expect.poll(() => page.locator(".alert").count(), soon).toBe(0);
    await expect.poll(() => inkOf(page), soon).toEqual(ink);
  });

  it("says slow and stale by word, as reported and by its own ticking", async () => {
    await serve();
    const page = await open();
    await live(page);
    server.behind = 112_000;
    server.pushTotals();
    await expect.poll(() => level(page), soon).toBe("stale");
    await expect.poll(() => said(page.getByTestId("freshness")), soon).toMatch(/^Stale since \d\d:\d\d:\d\d/);
    await expect
      .poll(() => said(page.locator(".alert")), soon)
      .toMatch(/^Counting is 1 min 5\d s behind\. 28,410 events wait to be read\./);
    // Back in time for slow, then silence: nothing more is pushed.
    server.behind = 3_000;
    server.pushTotals();
    await expect.poll(() => said(page.getByTestId("freshness")), soon).toMatch(/^Slow/);
    await expect.poll(() => level(page), soon).toBe("stale");
    await expect.poll(() => total(page), soon).toBe("1234");
  });

  it.each([
    ["a desk", { width: 1440, height: 1000 }],
    ["a tablet", { width: 820, height: 1100 }],
    ["a phone", { width: 390, height: 844 }],
  ])("does not move a box between loading and live on %s", async (_screen, screen) => {
    await serve();
    let answer = () => {};
    server.hold = new Promise((resolve) => {
      answer = resolve;
    });
    const page = await open("", screen);
    await expect.poll(() => server.asked.length, soon).toBeGreaterThanOrEqual(4);
    const boxes = async () => {
      const parts = page.locator("header.top, h1, .tile, section.panel, .key, ol, .plot, footer");
      const all = await parts.all();
      return Promise.all(all.map(async (part) => JSON.stringify(await part.boundingBox())));
    };
    await expect.poll(() => level(page), soon).toBe("connecting");
    await expect.poll(() => page.locator("[data-ink=none]").count(), soon).toBeGreaterThan(0);
    const loading = await boxes();
    answer();
    await live(page);
    await expect.poll(() => page.locator("[data-ink=none]").count(), soon).toBe(0);
    expect(loading.length).toBeGreaterThan(15);
    await expect.poll(() => boxes(), soon).toEqual(loading);
  });

  it("tells one reason once when the server refuses, and retries", async () => {
    await serve();
    const real = server.message.bind(server);
    const problem = {
      type: "about:blank",
      title: "Service Unavailable",
      status: 503,
      detail: "PostgreSQL is away",
    };
    server.message = () => ({ error: problem }) as never;
    const page = await open();
    const alert = page.locator(".alert");
    await expect.poll(() => alert.count(), soon).toBe(1);
    await expect
      .poll(() => said(alert), soon)
      .toMatch(/^Could not read the numbers\. 503: PostgreSQL is away\./);
    await expect.poll(() => page.getByText("Could not read the heatmap").count(), soon).toBe(1);
    await expect.poll(() => page.getByText("PostgreSQL is away").count(), soon).toBe(1);
    // At once: it goes by itself when a retry of its own succeeds.
    await alert.getByRole("button", { name: "Retry now" }).dispatchEvent("click");
    server.message = real;
    await expect.poll(() => total(page), soon).toBe("1234");
    await expect.poll(() => alert.count(), soon).toBe(0);
  });

  it.each([
    ["a desk in light", {}],
    ["a phone in dark", { width: 390, height: 844, dark: true }],
  ] as const)(
    "says in words when many events are rejected, and no longer when it is over, on %s",
    async (_screen, look) => {
      await serve();
      const page = await open("", look);
      await live(page);
      const alert = page.locator(".alert");
      const status = page.locator("[role=status]", { hasText: "rejected" });
      const pass = (engagements: number, rejected: number) => {
        server.engagements += engagements;
        server.rejected += rejected;
        server.pushTotals();
      };
      pass(9_900, 9);
      await expect.poll(() => total(page), soon).toBe("11134");
      await expect.poll(() => alert.count(), soon).toBe(0);
      await expect.poll(() => status.count(), soon).toBe(0);

      pass(90, 301);
      await expect.poll(() => alert.count(), soon).toBe(1);
      await expect
        .poll(() => said(alert), soon)
        .toMatch(
          /^3\.0% of the events were rejected\. 310 of 10,300 in the last \d+ s are kept aside and not counted\.$/,
        );
      await expect.poll(() => said(status), soon).toBe("Warning: many of the last events were rejected.");
      await expect
        .poll(() => page.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth), soon)
        .toBe(0);
      const strong = alert.locator("b");
      await expect
        .poll(() => strong.evaluate((b) => b.scrollWidth <= b.parentElement!.clientWidth), soon)
        .toBe(true);

      for (let second = 14; second <= 70; second += 14) {
        server.ahead = 1_000 * second;
        pass(1, 0);
      }
      await expect.poll(() => alert.count(), soon).toBe(0);
      await expect.poll(() => status.count(), soon).toBe(0);
      await expect.poll(() => level(page), soon).toBe("live");
    },
  );

  it("says how many events wait while counting catches up, and the rate once it has", async () => {
    await serve();
    const page = await open();
    await live(page);
    const tile = page.locator(".tile").first();
    await expect.poll(() => said(tile), soon).toMatch(/^Events per second ?16\.2 ?\/s ?over the last 10 s/);
    server.lag = 48_000;
    server.behind = 40_000;
    server.pushTotals();
    await expect.poll(() => said(tile), soon).toMatch(/^Catching up ?48\.0K ?events behind ?at 16\.2 \/s/);
    server.lag = 0;
    server.behind = 300;
    server.pushTotals();
    await expect.poll(() => said(tile), soon).toMatch(/^Events per second ?16\.2/);
  });

  it("keeps all of the bar in the bar, whatever the width", async () => {
    await serve();
    server.sampleHistory = 41;
    const page = await open("?tz=America/Argentina/Buenos_Aires");
    await live(page);
    for (const width of [1920, 1440, 1280, 1200, 820, 768, 720]) {
      await page.setViewportSize({ width, height: 800 });
      const outside = await page.locator("header.top").evaluate((bar) => {
        const all = [...bar.querySelectorAll("a, button, .filters > *")].map((part) => ({
          text: part.textContent.trim(),
          ...part.getBoundingClientRect().toJSON(),
        }));
        const shown = all.filter(({ width }) => width > 0).sort((a, b) => a.left - b.left);
        const box = bar.getBoundingClientRect();
        const leaves = (one: (typeof shown)[number], i: number) =>
          one.top < box.top ||
          one.bottom > box.bottom ||
          one.right > box.right ||
          (i > 0 && one.left < shown[i - 1].right);
        return shown.filter(leaves).map(({ text }) => text);
      });
      expect(outside, `at ${width}`).toEqual([]);
    }
    await page.getByRole("button", { name: "Filters" }).click();
    await expect.poll(() => page.getByRole("combobox", { name: "Zone" }).isVisible(), soon).toBe(true);
  });

  it("says how much of the sample history is loaded, until all of it is", async () => {
    await serve();
    server.sampleHistory = 41;
    const page = await open("", { width: 1600 });
    await live(page);
    const line = page.getByTestId("freshness");
    await expect.poll(() => said(line), soon).toContain("sample history 41% loaded");
    await line.click();
    await expect
      .poll(() => said(page.locator("#freshness-details")), soon)
      .toMatch(/Sample history ?41% loaded, the newest day first\. What is older is missing until then\./);
    server.sampleHistory = null;
    server.pushTotals();
    await expect.poll(() => said(line), soon).not.toContain("sample");
  });

  it("leaves its channels while its tab is hidden, and takes new snapshots when it is seen again", async () => {
    await serve();
    const page = await open();
    await live(page);
    const panels = ["heatmap", "leaderboard", "overview"];
    await expect.poll(() => new Set(server.asked.map(({ channel }) => channel)).size, soon).toBe(4);
    const show = (state: "hidden" | "visible") =>
      page.locator("html").evaluate((html, state) => {
        const document = html.ownerDocument;
        Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, state);
    // A glance at another tab ends nothing.
    await show("hidden");
    await show("visible");
    await show("hidden");
    await expect.poll(() => [...server.left].sort(), soon).toEqual(panels);
    const asked = server.asked.length;
    server.engagements = 4_321;
    await show("visible");
    await expect
      .poll(
        () =>
          server.asked
            .slice(asked)
            .map(({ channel }) => channel)
            .sort(),
        soon,
      )
      .toEqual(panels);
    const cell = page.locator('[data-day="2"][data-hour="14"]');
    await expect.poll(() => cell.getAttribute("data-count"), soon).toBe("4321");
  });

  it("moves through the heatmap and today's hours by arrow keys, and not over an end", async () => {
    await serve();
    const page = await open();
    await live(page);
    const cells = page.locator("[data-testid=heatmap] [role=gridcell][tabindex='0']");
    await expect.poll(() => cells.count(), soon).toBe(1);
    await page.locator('[data-day="1"][data-hour="8"]').focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    await expect
      .poll(() => page.locator(":focus").getAttribute("aria-label"), soon)
      .toBe("Tuesday 09:00, 0 engagements, 0.00% of the week");
    await page.keyboard.press("End");
    await expect
      .poll(() => page.locator(":focus").getAttribute("aria-label"), soon)
      .toMatch(/^Tuesday 23:00/);
    await page.locator('[data-day="2"][data-hour="14"]').hover();
    await expect
      .poll(() => said(page.locator(".tip")), soon)
      .toMatch(/^Tuesday 14:00 to 15:00\s+1,234\s+of the week\s+96\.86%/);

    const hour = () => page.locator(":focus").getAttribute("data-strip-hour");
    await page.locator("[data-strip-hour][tabindex='0']").focus();
    for (const [key, ends] of [
      ["End", "23"],
      ["ArrowRight", "23"],
      ["ArrowLeft", "22"],
      ["Home", "0"],
      ["ArrowLeft", "0"],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(hour, soon).toBe(ends);
    }

    // On a phone days run across: what is said of the last one stays within the screen.
    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator('[data-day="0"][data-hour="1"]').hover();
    await expect.poll(() => said(page.locator(".tip")), soon).toMatch(/^Sunday 01:00/);
    const tip = await page.locator(".tip").boundingBox();
    expect(tip!.x).toBeGreaterThanOrEqual(8);
    expect(tip!.x + tip!.width).toBeLessThanOrEqual(390 - 8);
  });

  it.each([
    ["no-preference", true],
    ["reduce", false],
  ])(
    "shows every rank at every moment while the places change ten times a second, with motion: %s",
    async (_reducedMotion, moving) => {
      await serve();
      const page = await open("?by=categories", { moving });
      await live(page);
      const params = { by: "categories", window: "1h", limit: 10, compact: true };
      const traffic = setInterval(() => {
        const counts = Array.from({ length: 10 }, (_, i) => ({
          i,
          count: 500 + Math.floor(500 * Math.random()),
        }));
        const data = counts
          .sort((a, b) => b.count - a.count)
          .map(({ i, count }, place) => ({ ...server.row(`Category ${i}`, count), rank: place + 1 }));
        server.push(
          { ...server.message("leaderboard", params), version: ++server.version, data },
          "leaderboard",
        );
      }, 100);
      onTestFinished(() => clearInterval(traffic));
      await expect
        .poll(() => page.locator("[data-testid=leaderboard] li[data-rank='10']").count(), soon)
        .toBe(1);

      // In the page, so that a sample is one moment: what lies uppermost where a rank stands, and the order.
      const samples = await page.locator("[data-testid=leaderboard]").evaluate(async (board) => {
        const taken: { seen: string[]; order: string; at: number }[] = [];
        while (taken.length < 100) {
          await new Promise((resolve) => setTimeout(resolve, 20 + 80 * Math.random()));
          const seen: string[] = [];
          for (const place of board.querySelectorAll(".ladder .rank")) {
            place.parentElement.style.pointerEvents = "auto";
            const box = place.getBoundingClientRect();
            const top = board.ownerDocument.elementFromPoint(box.right - 4, box.top + box.height / 2);
            seen.push(top === place ? place.textContent : "hidden");
          }
          const order: string[] = [];
          for (const row of board.querySelectorAll("li[data-id]")) order.push(row.dataset.id);
          taken.push({ seen, order: order.join(), at: performance.now() });
        }
        return taken;
      });
      for (const { seen } of samples)
        expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => String(i + 1)));
      const changes = samples.filter(({ order }, i) => i > 0 && order !== samples[i - 1]!.order).length;
      const span = samples.at(-1)!.at - samples[0]!.at;
      expect(changes).toBeGreaterThan(0);
      expect(changes).toBeLessThanOrEqual(1 + span / 3_000);
    },
  );
});
