import { execFileSync } from "node:child_process";
import {
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/**
 * One process per data folder, without help from the operating system's file locks (Node offers none).
 *
 * The holder is the owner of the highest-numbered file `lock-N`. A file's content never changes owner: whoever
 * finds the highest one abandoned claims N+1, which link(2) grants to exactly one process, then looks again
 * that nobody has a higher one. Numbers only grow, so a slow claimant cannot take back an old number.
 *
 * A holder is its pid and when that pid started, so a pid used again, or a container where every broker is
 * pid 1, does not keep a dead holder's lock.
 */
export class FolderLock {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  static acquire(folder: string): FolderLock {
    mkdirSync(folder, { recursive: true });
    const draft = join(folder, `claim-${process.pid}`);
    // A crash may have left one of this name, linked to a lock: writing into it would change that lock.
    rmSync(draft, { force: true });
    writeFileSync(draft, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }));
    try {
      for (;;) {
        const highest = Math.max(0, ...lockNumbers(folder));
        if (highest > 0) refuseIfHeld(folder, highest);
        const mine = highest + 1;
        const path = lockPath(folder, mine);
        if (!claim(draft, path)) continue;
        const numbers = lockNumbers(folder);
        if (numbers.some((number) => number > mine)) {
          rmSync(path, { force: true });
          continue;
        }
        for (const number of numbers) {
          if (number < mine) rmSync(lockPath(folder, number), { force: true });
        }
        return new FolderLock(path);
      }
    } finally {
      rmSync(draft, { force: true });
    }
  }

  /** The file stays, marked as free, so that its number is never claimed twice. */
  release(): void {
    const released = `${this.#path}.released`;
    writeFileSync(released, "{}");
    renameSync(released, this.#path);
  }
}

const LOCK_NAME = /^lock-(\d+)$/;

function lockNumbers(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => {
    const number = LOCK_NAME.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

function lockPath(folder: string, number: number): string {
  return join(folder, `lock-${number}`);
}

function claim(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "EEXIST") return false;
    if (NO_HARD_LINKS.has(code)) return claimByCopy(draft, path);
    throw error;
  }
}

const NO_HARD_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/** On a file system without hard links: exclusive too, but the content comes a moment after the name. */
function claimByCopy(draft: string, path: string): boolean {
  try {
    copyFileSync(draft, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function refuseIfHeld(folder: string, number: number): void {
  let content: string;
  try {
    content = readFileSync(lockPath(folder, number), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const { pid, started } = parseHolder(content);
  if (pid !== undefined && startOf(pid) === started) {
    throw new Error(`the data folder ${folder} is in use by the broker with process id ${pid}`);
  }
}

/** An empty or torn file is what a power cut leaves behind: nobody holds it. */
function parseHolder(content: string): { pid?: number; started?: string | null } {
  try {
    return JSON.parse(content);
  } catch {
    return {};
  }
}

/** When the process began, in the platform's own terms; null when there is no such process. */
function startOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return null;
  }
  if (process.platform === "linux") return linuxStart(pid);
  if (process.platform === "win32") return "running";
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || null;
  } catch {
    return null;
  }
}

/** Clock ticks after boot, and which boot. The command name before them may hold spaces and parentheses. */
function linuxStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, ticks] = [fields[0], fields[19]];
    if (state === "Z" || state === "X") return null;
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${ticks}`;
  } catch {
    return null;
  }
}
