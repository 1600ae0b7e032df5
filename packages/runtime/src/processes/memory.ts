import { readdirSync, readFileSync } from "node:fs";

const read = (pid: number, file: string): string | undefined => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return undefined; // it has ended
  }
};

const field = (text: string | undefined, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text ?? "")?.[1] ?? Number.NaN);

/** Resident memory in bytes; NaN where there is no /proc, or no process. */
export const residentBytes = (pid: number): number => 1024 * field(read(pid, "status"), "VmRSS");

/** Bytes of the process and its children, pages that they share counted once (PSS). */
export function proportionalBytes(pid: number): number {
  let sum = 1024 * field(read(pid, "smaps_rollup"), "Pss");
  for (const child of childrenOf(pid)) {
    const bytes = 1024 * field(read(child, "smaps_rollup"), "Pss");
    if (!Number.isNaN(bytes)) sum += bytes;
  }
  return sum;
}

function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((entry) => field(read(entry, "status"), "PPid") === pid);
}
