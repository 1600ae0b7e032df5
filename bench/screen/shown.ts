import type { Page } from "playwright-core";
import { shownAt, watchSum } from "./pageWatch.mjs";

/** Where a page shows the engagements of the probe. */
export interface Place {
  name: string;
  /** After the dashboard's path. */
  query: string;
  /** Elements whose numbers add up to it. */
  selector: string;
  attribute: string;
}

/** Notes in the page at which frame each new sum was on screen. */
export async function watchPlace(page: Page, { selector, attribute }: Place): Promise<void> {
  await page.waitForSelector(selector);
  await page.evaluate(watchSum, { selector, attribute });
}

/** Waits until `count` is on screen. @returns when it first was, ms since the epoch */
export async function whenShown(page: Page, count: number, timeoutMs: number): Promise<number> {
  const handle = await page.waitForFunction(shownAt, count, { timeout: timeoutMs, polling: 20 });
  return Number(await handle.jsonValue());
}
