import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/**
 * CPU seconds, user and system, from /proc/PID/stat. A process's own time is exact to a clock tick. Of a process
 * with children (PostgreSQL's postmaster) it is its own, that of the children it has waited for (cutime, cstime: every
 * backend that has ended), and the same of every child that lives: nothing is sampled, nothing counted twice.
 */
const TICKS = (() => {
  try {
    return Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" })) || 100;
  } catch {
    return 100;
  }
})();

interface Stat {
  parent: number;
  own: number;
  waitedFor: number;
}

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name before the last parenthesis may hold anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const seconds = (index: number) => Number(fields[index]) / TICKS;
    return {
      parent: Number(fields[1]),
      own: seconds(11) + seconds(12),
      waitedFor: seconds(13) + seconds(14),
    };
  } catch {
    return undefined;
  }
}

/** Seconds of the process alone; NaN where there is no /proc. */
export const processSeconds = (pid: number): number => statOf(pid)?.own ?? Number.NaN;

/** Seconds of the process and all its descendants, those that have ended included. */
export function treeSeconds(pid: number): number {
  const root = statOf(pid);
  if (!root) return Number.NaN;
  const children = new Map<number, number[]>();
  const stats = new Map<number, Stat>([[pid, root]]);
  for (const entry of readdirSync("/proc")) {
    const stat = /^\d+$/.test(entry) ? statOf(Number(entry)) : undefined;
    if (!stat || Number(entry) === pid) continue;
    stats.set(Number(entry), stat);
    children.set(stat.parent, [...(children.get(stat.parent) ?? []), Number(entry)]);
  }
  const sum = (at: number): number => {
    const { own, waitedFor } = stats.get(at)!;
    return (children.get(at) ?? []).reduce((total, child) => total + sum(child), own + waitedFor);
  };
  return sum(pid);
}

/** Seconds of this process. */
export function ownSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** What the whole machine was busy with beside us: seconds of all CPUs that were not idle. */
export function machineSeconds(): number {
  try {
    const [user, nice, system, , , irq, softirq, steal] = readFileSync("/proc/stat", "latin1")
      .split("\n", 1)[0]!
      .trim()
      .split(/\s+/)
      .slice(1)
      .map(Number) as [number, number, number, number, number, number, number, number];
    return (user + nice + system + irq + softirq + steal) / TICKS;
  } catch {
    return Number.NaN;
  }
}
