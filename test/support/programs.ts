import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Where the bundles of this run are; set by globalSetup and inherited by the test processes. */
const FOLDER = "TEST_PROGRAMS";

const RUNNER = fileURLToPath(new URL("runBundle.cjs", import.meta.url));

const BUNDLED = ["packages", "schema", "services", "test/support"];
const isProgram = (name: string): boolean =>
  !name.includes("node_modules") &&
  (/^(packages|schema|services)\/(.*\/)?src\/(.*\/)?main\.ts$/.test(name) ||
    name === "test/support/impatientIngest.ts");

/**
 * A bundled module finds its files (`sql/`, migrations, the dashboard) from where its source is, and requires the parts
 * of a package that the package itself uses, since a patched one must be that one. A program's `await` of all it does
 * is no CommonJS, and importModule is what runBundle.cjs hands it.
 */
const asCommonJs: Plugin = {
  name: "as-common-js",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      return {
        loader: "ts",
        contents: source
          .replace("const require = createRequire(import.meta.url);", "")
          .replace(/^await (?=\w+\()/m, "")
          .replaceAll("await import(", "await importModule(")
          .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)),
      };
    });
  },
};

/**
 * Bundles every program once, with its packages, so that a test that starts one does not spend half a second of
 * computing on finding, reading and compiling its modules each time: runBundle.cjs keeps V8's compiled code as well. The
 * code is the same; `npm start` and its tests run it through tsx.
 * @param folder below the project's root, so that the files of packages are found
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
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["pg-native"],
    plugins: [asCommonJs],
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
    ? [RUNNER, join(folder, name.replace(/\.ts$/, ".cjs"))]
    : ["--import", TSX, path];
}
