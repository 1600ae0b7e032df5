import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Where the bundles of this run are; set by globalSetup and inherited by the test processes. */
const FOLDER = "TEST_PROGRAMS";

const BUNDLED = ["packages", "schema", "services"];
const isProgram = (name: string): boolean =>
  /^(packages|schema|services)\/(.*\/)?src\/(.*\/)?main\.ts$/.test(name) && !name.includes("node_modules");

/** A bundled module finds its files (`sql/`, migrations, the dashboard) from where its source is. */
const keepSourceUrls: Plugin = {
  name: "source-urls",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      return {
        loader: "ts",
        contents: source.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)),
      };
    });
  },
};

/** Our packages and zod go into the bundle; every other package is loaded from node_modules as usual. */
const onlyOurs: Plugin = {
  name: "only-ours",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path }) =>
      path.startsWith("@pulseboard/") || path === "zod" ? undefined : { path, external: true },
    );
  },
};

/**
 * Bundles every program once, so that a test that starts one does not pay a second of loading TypeScript each time.
 * The code is the same; `npm start` and its tests run it through tsx.
 * @param folder below the project's root, so that packages are found
 */
export async function bundlePrograms(folder: string): Promise<void> {
  const files = await Promise.all(
    BUNDLED.map(async (root) =>
      (await readdir(join(ROOT, root), { recursive: true })).map((name) => join(root, name)),
    ),
  );
  await build({
    absWorkingDir: ROOT,
    entryPoints: files.flat().filter(isProgram),
    outbase: ROOT,
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    plugins: [keepSourceUrls, onlyOurs],
  });
  process.env[FOLDER] = folder;
}

/**
 * Node's arguments for running a program of ours.
 * @param entry its main.ts, absolute or relative to the project's root
 */
export function programArguments(entry: string): string[] {
  const path = resolve(ROOT, entry);
  const folder = process.env[FOLDER];
  const name = relative(ROOT, path);
  return folder !== undefined && isProgram(name)
    ? [join(folder, name.replace(/\.ts$/, ".mjs"))]
    : ["--import", TSX, path];
}
