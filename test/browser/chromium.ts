import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";
import { DIST, WEB } from "./fakeServer.ts";

export const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
export const isThere = existsSync(CHROMIUM);
const FLAGS =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync".split(
    " ",
  );

/** @param leftOut what is not tested where there is no Chromium */
export function warnWithoutChromium(leftOut: string): void {
  if (!isThere) console.warn(`Left out: ${leftOut}, because there is no Chromium at ${CHROMIUM}`);
}

/** When anything under a folder was last changed. */
function changed(folder: string): number {
  return Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
}

const isBuilt = (): boolean => {
  const built = join(DIST, "index.html");
  return existsSync(built) && statSync(built).mtimeMs >= changed(join(WEB, "src"));
};

/** Builds the page if its source is newer than what was built; of several test files one does. */
async function buildPage(): Promise<void> {
  if (isBuilt()) return;
  const lock = join(tmpdir(), `pulseboard-web-build-${process.ppid}`);
  try {
    mkdirSync(lock);
  } catch {
    await until(isBuilt, { timeoutMs: 90_000, what: "the page that another test file builds" });
    return;
  }
  try {
    const { build } = await import("vite");
    await build({ root: WEB, configFile: join(WEB, "vite.config.ts"), logLevel: "error" });
  } finally {
    rmdirSync(lock);
  }
}

/**
 * Where a page waits for its next test: on the API that it was loaded from, since the API's opener policy gives a page
 * that comes from elsewhere a new process with cold caches; on about:blank where no API answers.
 */
async function emptyPage(loaded: string): Promise<string> {
  if (!loaded.startsWith("http")) return "about:blank";
  const health = new URL("/healthz", loaded).href;
  const answers = await fetch(health, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
  return answers ? health : "about:blank";
}

export interface Look {
  /** CSS pixels. */
  width?: number;
  height?: number;
  dark?: boolean;
  /** Whether things move as they do for most readers; drawing them takes a third of a page's computing. */
  moving?: boolean;
  /** Whether the page has nothing in its caches. */
  cold?: boolean;
}

/**
 * A browser that ends with the test file. The first load in a new page costs twice the computing of one in a page that
 * has loaded something before: a test gets the page that an earlier one gave back, with nothing left of it.
 */
export class TestBrowser {
  readonly #browser: Browser;
  readonly #free: Page[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Builds the dashboard, too, if its source has changed. */
  static async launch(): Promise<TestBrowser> {
    await buildPage();
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    onTeardown(() => browser.close());
    return new TestBrowser(browser);
  }

  /** An empty page until the end of the test; an error in it fails the run. */
  async page(look: Look = {}): Promise<Page> {
    const { width = 1440, height = 1000, dark = false, moving = false, cold = false } = look;
    const page =
      (cold ? undefined : this.#free.pop()) ??
      (await this.#browser.newPage({ timezoneId: "UTC", locale: "en-US" }));
    page.setDefaultTimeout(60_000);
    await page.setViewportSize({ width, height });
    await page.emulateMedia({
      media: null,
      colorScheme: dark ? "dark" : "light",
      reducedMotion: moving ? "no-preference" : "reduce",
    });
    page.on("pageerror", (error) => {
      throw error;
    });
    onTeardown(() => this.#takeBack(page));
    return page;
  }

  async #takeBack(page: Page): Promise<void> {
    if (page.isClosed()) return;
    page.removeAllListeners();
    await page.unrouteAll();
    if (page.url().startsWith("http")) await page.evaluate("localStorage.clear(); sessionStorage.clear()");
    await page.goto(await emptyPage(page.url()));
    await page.mouse.move(0, 0);
    this.#free.push(page);
  }
}
