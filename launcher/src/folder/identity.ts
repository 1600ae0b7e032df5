import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A process, told from a later one with the same id by when it started. */
export interface Identity {
  pid: number;
  started: string;
}

/** When the process started, in the platform's own terms; undefined when there is none, or only its remains. */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform !== "linux")
      return (
        execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || undefined
      );
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name before these fields may hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

export function identify(pid: number): Identity | undefined {
  const started = startOf(pid);
  return started ? { pid, started } : undefined;
}

export const isAlive = (identity: Identity): boolean => startOf(identity.pid) === identity.started;
