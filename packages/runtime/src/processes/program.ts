import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** Node's arguments that run a program of ours. @param file its TypeScript, absolute */
export function programArguments(file: string): string[] {
  const tsx = createRequire(import.meta.url).resolve("tsx");
  return ["--import", pathToFileURL(tsx).href, file];
}
