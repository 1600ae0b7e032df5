import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
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

/** A browser, and the page built if its source is newer than what was built. */
export async function launch(): Promise<Browser> {
  const built = join(DIST, "index.html");
  if (!existsSync(built) || statSync(built).mtimeMs < changed(join(WEB, "src"))) {
    const { build } = await import("vite");
    await build({ root: WEB, configFile: join(WEB, "vite.config.ts"), logLevel: "error" });
  }
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(" ") });
}
