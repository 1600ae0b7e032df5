import { randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Identity, identify, isAlive } from "./identity.ts";

const NAME = /^launcher\.lock\.(\d+)$/;

async function numbers(folder: string): Promise<number[]> {
  return (await readdir(folder)).flatMap((name) => {
    const number = NAME.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

const path = (folder: string, number: number) => join(folder, `launcher.lock.${number}`);

/** A file that is gone, given back, or torn by a power cut names nobody. */
async function holder(file: string): Promise<Identity | undefined> {
  try {
    const identity = JSON.parse(await readFile(file, "utf8")) as Partial<Identity>;
    return identity.pid && identity.started ? (identity as Identity) : undefined;
  } catch {
    return undefined;
  }
}

/** link(2) fails when the name exists, so of several one succeeds. */
async function claim(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * One launcher per data folder. The holder is whom the highest-numbered lock file names, while that process lives; a
 * file never changes hands. Who finds it dead claims the next number, and looks again that there is no higher one.
 * @returns gives the lock back
 * @throws when another launcher holds it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `launcher.claim.${randomUUID()}`);
  await writeFile(draft, JSON.stringify(identify(process.pid)));
  try {
    for (;;) {
      const highest = Math.max(0, ...(await numbers(folder)));
      const held = highest > 0 ? await holder(path(folder, highest)) : undefined;
      if (held && isAlive(held))
        throw Object.assign(
          new Error(
            `another \`npm start\` runs from ${folder} (process ${held.pid}); stop it, or set PULSEBOARD_DATA`,
          ),
          { expose: true },
        );
      const mine = highest + 1;
      const file = path(folder, mine);
      if (!(await claim(draft, file))) continue;
      const others = (await numbers(folder)).filter((number) => number !== mine);
      if (others.some((number) => number > mine)) {
        await rm(file, { force: true });
        continue;
      }
      for (const number of others) await rm(path(folder, number), { force: true });
      return () => release(file);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** The file stays, naming nobody, so that its number is never claimed again. */
async function release(file: string): Promise<void> {
  const free = `${file}.free`;
  await writeFile(free, "{}");
  await rename(free, file);
}
