import { mkdir, readdir, rm, statfs } from "node:fs/promises";
import { freemem } from "node:os";
import { join } from "node:path";

const MEMORY = "/dev/shm";
const PREFIX = "pulseboard-test-run-";
/** Several times what a run holds at once. */
const ENOUGH_BYTES = 6 * 2 ** 30;

async function hasRoom(): Promise<boolean> {
  if (process.platform !== "linux" || freemem() < ENOUGH_BYTES) return false;
  try {
    const { bavail, bsize } = await statfs(MEMORY);
    return bavail * bsize >= ENOUGH_BYTES;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A run that was killed leaves its folder. */
async function removeFormer(): Promise<void> {
  for (const name of await readdir(MEMORY))
    if (name.startsWith(PREFIX) && !isAlive(Number(name.slice(PREFIX.length))))
      await rm(join(MEMORY, name), { recursive: true, force: true });
}

/**
 * Lets this process and those it starts keep temporary files in memory, where there is room: making a database is
 * making hundreds of files, which costs ten times as much on a disk. What survives kill -9 survives it there too.
 * @returns what removes them
 */
export async function keepTemporaryFilesInMemory(): Promise<() => Promise<void>> {
  if (!(await hasRoom())) return async () => {};
  await removeFormer();
  const folder = join(MEMORY, `${PREFIX}${process.pid}`);
  await mkdir(folder, { mode: 0o755 });
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  return async () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    await rm(folder, { recursive: true, force: true });
  };
}
