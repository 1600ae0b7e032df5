import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const RUNNER = fileURLToPath(new URL("runBundle.cjs", import.meta.url));

/** Whether the file is one of those that bundlePrograms bundles. @param name relative to the project's root */
export const isProgram = (name: string): boolean =>
  !name.includes("node_modules") &&
  (/^(packages|schema|services)\/(.*\/)?src\/(.*\/)?main\.ts$/.test(name) ||
    name === "test/support/impatientIngest.ts");

/**
 * Node's arguments for running a program of ours. In a bundle this stands for runtime's function of the same name.
 * @param entry its main.ts, absolute or relative to the project's root
 */
export function programArguments(entry: string): string[] {
  const path = resolve(ROOT, entry);
  // Set by bundlePrograms, and inherited by the test processes; in a bundle the folder's name stands here.
  const folder = process.env.TEST_PROGRAMS;
  const name = relative(ROOT, path);
  return folder !== undefined && isProgram(name)
    ? [RUNNER, join(folder, name.replace(/\.ts$/, ".cjs"))]
    : ["--import", TSX, path];
}
