import { execFile } from "node:child_process";
import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const signal = (pid: number, name: NodeJS.Signals) => {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
};

/** Every process of a server works in its data folder, which no other server's does. */
async function workingIn(cluster: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if ((await readlink(`/proc/${entry}/cwd`)) !== cluster) continue;
      if (basename(await readlink(`/proc/${entry}/exe`)).startsWith("postgres")) found.push(Number(entry));
    } catch {
      // Gone meanwhile, or not ours to look at, so not ours.
    }
  }
  return found;
}

async function postmasterOf(cluster: string): Promise<number | undefined> {
  const text = await readFile(join(cluster, "postmaster.pid"), "utf8").catch(() => "");
  const pid = Number(text.split("\n")[0]);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/** Where there is no /proc: the postmaster alone, known by its pid file and its command line. */
async function postmasterByCommandLine(cluster: string): Promise<number[]> {
  const pid = await postmasterOf(cluster);
  if (!pid) return [];
  const { stdout } = await promisify(execFile)("ps", ["-o", "command=", "-p", String(pid)]).catch(() => ({
    stdout: "",
  }));
  return stdout.includes("postgres") && stdout.includes(cluster) ? [pid] : [];
}

/** The processes of the server of this data folder, and of no other. */
export async function serverProcesses(cluster: string): Promise<number[]> {
  const path = await realpath(cluster).catch(() => undefined);
  if (!path) return [];
  return process.platform === "linux" ? workingIn(path) : postmasterByCommandLine(path);
}

/** Ends every process of the server at once, as `kill -9` of all of them would. */
export async function killServer(cluster: string, postmaster?: number): Promise<void> {
  // Stopped first, so that it forks no backend while we look for them.
  if (postmaster) signal(postmaster, "SIGSTOP");
  for (;;) {
    const pids = await serverProcesses(cluster);
    for (const pid of pids) signal(pid, "SIGKILL");
    if (!pids.length) break;
    await sleep(20);
  }
  if (postmaster) signal(postmaster, "SIGKILL");
}

/** Whether it has ended and nobody has taken note of that yet; false where there is no /proc. */
async function isZombie(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return /\) Z /.test(stat);
}

/** A dead postmaster keeps its number until init has noted its end, and its successor takes it for a living one. */
async function postmasterNoted(cluster: string, patienceMs: number): Promise<void> {
  const pid = await postmasterOf(cluster);
  const until = performance.now() + patienceMs;
  while (pid && (await isZombie(pid)) && performance.now() < until) await sleep(25);
}

/** Ends a server that a former run left behind: fast shutdown first, the hard way after `patienceMs`. */
export async function clearStrays(cluster: string, patienceMs = 5_000): Promise<number> {
  const ended = await endStrays(cluster, patienceMs);
  await postmasterNoted(cluster, patienceMs);
  return ended;
}

async function endStrays(cluster: string, patienceMs: number): Promise<number> {
  const strays = await serverProcesses(cluster);
  if (!strays.length) return 0;
  const postmaster = await postmasterOf(cluster);
  if (postmaster && strays.includes(postmaster)) signal(postmaster, "SIGINT");
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    if (!(await serverProcesses(cluster)).length) return strays.length;
    await sleep(25);
  }
  await killServer(cluster);
  return strays.length;
}
