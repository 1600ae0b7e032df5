import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Identity, identify, isAlive } from "./identity.ts";

const code = (error: unknown) => (error as NodeJS.ErrnoException).code;

/** A file torn by a power cut names nobody. */
function parse(text: string): Identity | undefined {
  try {
    return JSON.parse(text) as Identity;
  } catch {
    return undefined;
  }
}

/**
 * One launcher per data folder. The lock is a file that names its holder; a dead holder's is taken over.
 * @returns gives the lock back
 * @throws when another launcher holds it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "launcher.lock");
  const mine = `${file}.${randomUUID()}`;
  await writeFile(mine, JSON.stringify(identify(process.pid)));
  try {
    for (;;) {
      // link(2) fails when the name exists, so one of several succeeds.
      const taken = await link(mine, file).then(
        () => true,
        (error) => {
          if (code(error) === "EEXIST") return false;
          throw error;
        },
      );
      if (taken) return () => rm(file, { force: true });
      await removeIfDead(folder, file);
    }
  } finally {
    await rm(mine, { force: true });
  }
}

async function removeIfDead(folder: string, file: string): Promise<void> {
  const held = await readFile(file, "utf8").catch((error) => {
    if (code(error) === "ENOENT") return undefined;
    throw error;
  });
  if (held === undefined) return;
  const holder = parse(held);
  if (holder && isAlive(holder))
    throw Object.assign(
      new Error(
        `another \`npm start\` runs from ${folder} (process ${holder.pid}); stop it, or set PULSEBOARD_DATA`,
      ),
      { expose: true },
    );
  // Moved away first: if another launcher took it over in between, what we moved is not what we read.
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (code(error) === "ENOENT") return;
    throw error;
  }
  if ((await readFile(aside, "utf8")) !== held) await link(aside, file).catch(() => {});
  await rm(aside, { force: true });
}
