import { mkdir, open, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ConfigError } from "@pulseboard/runtime";

/** `2026-11-17T14-02-09`, of the machine's zone, which sorts and stands in file names. */
function fileTime(now = new Date()): string {
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replaceAll(":", "-");
}

/** Where a report goes. */
export interface ReportFiles {
  json: string;
  html: string;
}

/**
 * Names the files of a report and makes their folders: a run of an hour must not end at a path that cannot be written.
 * @throws ConfigError
 */
export async function prepareReportFiles(asked: { json?: string; html?: string }): Promise<ReportFiles> {
  const base = asked.json?.replace(/\.json$/, "") ?? `load-test-results/${fileTime()}`;
  const files = { json: asked.json ?? `${base}.json`, html: asked.html ?? `${base}.html` };
  if (resolve(files.json) === resolve(files.html))
    throw new ConfigError(`--html: expected another file than that of --json, ${files.json}`);
  for (const name of ["json", "html"] as const) await checkWritable(name, files[name]);
  return files;
}

/** Leaves no file behind that was not there. */
async function checkWritable(name: keyof ReportFiles, file: string): Promise<void> {
  try {
    await mkdir(dirname(resolve(file)), { recursive: true });
    const isNew = await open(file, "ax").then(
      async (handle) => {
        await handle.close();
        return true;
      },
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
        return false;
      },
    );
    if (isNew) await rm(file);
    else await (await open(file, "r+")).close();
  } catch (error) {
    throw new ConfigError(`--${name}: expected a file that can be written: ${(error as Error).message}`);
  }
}

export async function writeReport(files: ReportFiles, result: object, page: string): Promise<void> {
  await writeFile(files.json, `${JSON.stringify(result, null, 1)}\n`);
  await writeFile(files.html, page);
}
