import { readdir, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import type { Ledger } from "./folder/orphans.ts";
import type { Output } from "./output/output.ts";
import { ROOT, startChild } from "./parts/child.ts";
import { Part } from "./parts/part.ts";

/** Everything that goes into the build. */
const SOURCES = [
  "web/src",
  "web/public",
  "web/index.html",
  "web/package.json",
  "web/vite.config.ts",
  "web/svelte.config.js",
  "packages/contract/src",
  "package-lock.json",
];
const BUILT = "web/dist/index.html";

async function newest(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) return found?.mtimeMs ?? 0;
  const times = await Promise.all((await readdir(path)).map((name) => newest(join(path, name))));
  return Math.max(found.mtimeMs, ...times);
}

async function isCurrent(): Promise<boolean> {
  const built = await newest(join(ROOT, BUILT));
  const sources = await Promise.all(SOURCES.map((path) => newest(join(ROOT, path))));
  return built > Math.max(...sources);
}

/** The part that builds the dashboard; undefined when the build is newer than everything that goes into it. */
export async function dashboardBuild(
  env: Record<string, string | undefined>,
  surroundings: { output: Output; ledger: Ledger },
): Promise<Part<undefined> | undefined> {
  if (await isCurrent()) return undefined;
  const vite = join(
    dirname(createRequire(join(ROOT, "web/package.json")).resolve("vite/package.json")),
    "bin/vite.js",
  );
  return new Part(
    "web",
    surroundings.output,
    () =>
      startChild<undefined>(
        {
          name: "web",
          program: relative(ROOT, vite),
          args: ["build", "--logLevel", "warn"],
          cwd: join(ROOT, "web"),
          // It writes into a pipe; what it says gets its colours here.
          env: { ...env, NO_COLOR: "1", FORCE_COLOR: undefined },
        },
        surroundings,
      ),
    { task: true },
  );
}
