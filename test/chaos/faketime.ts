import { readdir } from "node:fs/promises";
import { join } from "node:path";

const FOLDERS = ["/usr/lib", "/usr/lib64", "/usr/local/lib"];
/** Not the one for threads: PostgreSQL has none, and that one locks. */
const LIBRARY = "libfaketime.so.1";

const names = (folder: string): Promise<string[]> => readdir(folder).catch((): string[] => []);

/** The path of libfaketime (Debian: package `faketime`), which gives a program another clock; undefined without it. */
export async function findFaketime(): Promise<string | undefined> {
  for (const folder of FOLDERS) {
    const machine = (await names(folder)).filter((name) => name.endsWith("-linux-gnu"));
    for (const below of [...machine, ""]) {
      const home = join(folder, below, "faketime");
      if ((await names(home)).includes(LIBRARY)) return join(home, LIBRARY);
    }
  }
  return undefined;
}

/** Starts a program whose time of day follows a file that holds an offset in seconds; its other clocks are true. */
export const underFaketime = (library: string, clockFile: string): string[] => [
  "/usr/bin/env",
  `LD_PRELOAD=${library}`,
  `FAKETIME_TIMESTAMP_FILE=${clockFile}`,
  "FAKETIME_NO_CACHE=1",
  "DONT_FAKE_MONOTONIC=1",
  "FAKETIME_DONT_FAKE_MONOTONIC=1",
  "NO_FAKE_STAT=1",
];
