import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { isProgram, ROOT } from "./programs.ts";

const FOLDERS = ["packages", "schema", "services", "test/support"];

const PROGRAM_ARGUMENTS = join(ROOT, "packages/runtime/src/processes/program.ts");

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

/** A bundled program starts its children bundled, too. */
const bundledChildren: Plugin = {
  name: "bundled-children",
  setup({ onLoad }) {
    onLoad({ filter: /\/program\.ts$/ }, ({ path }) =>
      path === PROGRAM_ARGUMENTS
        ? {
            resolveDir: ROOT,
            contents: 'export { programArguments } from "./test/support/programs.ts"',
          }
        : undefined,
    );
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
    FOLDERS.map(async (root) =>
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
    plugins: [bundledChildren, asCommonJs],
    define: { "process.env.TEST_PROGRAMS": JSON.stringify(folder) },
  });
  process.env.TEST_PROGRAMS = folder;
}
