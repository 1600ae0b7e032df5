import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { until } from "../support/until.ts";
import { DIST, WEB } from "./fakeServer.ts";

export const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
export const isThere = existsSync(CHROMIUM);
const FLAGS =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

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

/** A browser, and the page built. */
export async function launch(): Promise<Browser> {
  await buildPage();
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(" ") });
}
