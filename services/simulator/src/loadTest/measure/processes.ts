import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { availableParallelism } from "node:os";
import { processSeconds, proportionalBytes, residentBytes, treeSeconds } from "@pulseboard/runtime";
import { monotonicMs } from "../clock.ts";

export interface ProcessFigures {
  name: string;
  /** Mean of the measured time; 1 is one core. */
  cpu_cores: number;
  cpu_cores_max: number;
  /** At the end, MiB. */
  memory_mb: number;
  /** A value each second, warm-up included. */
  cpu: number[];
  memory: number[];
}

interface Watched {
  name: string;
  pid: number;
  /** Counted with its children, as PostgreSQL's are. */
  isTree: boolean;
  lastSeconds: number;
  lastAt: number;
  cpu: number[];
  memory: number[];
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // another user's, or ended
  }
};

const pids = (): number[] => {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // not a Linux
  }
};

/** Processes of this machine that listen on the port, as far as they may be seen. */
function listenersOf(port: number): number[] {
  const wanted = new Set<string>();
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"])
    for (const line of read(table).split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(`:${hex}`) && fields[3] === "0A") wanted.add(`socket:[${fields[9]}]`);
    }
  if (!wanted.size) return [];
  return pids().filter((pid) => holds(pid, wanted));
}

function holds(pid: number, sockets: ReadonlySet<string>): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((fd) => sockets.has(readlinkSync(`${folder}/${fd}`)));
  } catch {
    return false;
  }
}

const isHere = (host: string): boolean => ["localhost", "127.0.0.1", "::1", "[::1]"].includes(host);

/** The first of those that listen on the port: of forked ones the parent. */
function listener(address: URL | undefined): number | undefined {
  const [pid] = address && isHere(address.hostname) ? listenersOf(Number(address.port)) : [];
  return pid;
}

/** `services/ingest/src/main.ts`, or the same bundled, of a process that works on this database. */
function programs(part: string, databaseUrl: string): number[] {
  const { host, pathname } = new URL(databaseUrl);
  const program = new RegExp(`services/${part}/src/main\\.c?[tj]s`);
  const database = new RegExp(`DATABASE_URL=[^\\0]*@${host.replaceAll(".", "\\.")}${pathname}(?![^\\0?])`);
  return pids().filter(
    (pid) => program.test(read(`/proc/${pid}/cmdline`)) && database.test(read(`/proc/${pid}/environ`)),
  );
}

/**
 * What runs on this machine and may be seen: by the ports of the database, the brokers and the API, and by programs
 * that were started for this database. On another system than Linux, nothing.
 */
export function findProcesses(of: {
  databaseUrl: string;
  brokers: readonly string[];
  own: readonly { name: string; pid: number }[];
}): { name: string; pid: number; isTree?: boolean }[] {
  const found = new Map<number, { name: string; pid: number; isTree?: boolean }>();
  const add = (name: string, pid: number | undefined, isTree = false) => {
    if (pid !== undefined && !found.has(pid)) found.set(pid, { name, pid, isTree });
  };
  for (const part of ["ingest", "api"]) {
    const each = programs(part, of.databaseUrl);
    for (const [index, pid] of each.entries()) add(each.length > 1 ? `${part} ${index + 1}` : part, pid);
  }
  add("postgres", listener(new URL(of.databaseUrl)), true);
  for (const [index, broker] of of.brokers.entries())
    add(index ? `broker ${index + 1}` : "broker", listener(new URL(`kafka://${broker}`)));
  for (const { name, pid } of of.own) add(name, pid);
  return [...found.values()];
}

/** CPU and memory of processes from their making on, a sample each time it is asked. */
export class ProcessMeter {
  private readonly watched: Watched[];

  constructor(processes: readonly { name: string; pid: number; isTree?: boolean }[]) {
    this.watched = processes.map(({ name, pid, isTree = false }) => ({
      name,
      pid,
      isTree,
      lastSeconds: secondsOf(pid, isTree),
      lastAt: monotonicMs(),
      cpu: [],
      memory: [],
    }));
  }

  sample(): void {
    for (const each of this.watched) {
      const [seconds, at] = [secondsOf(each.pid, each.isTree), monotonicMs()];
      each.cpu.push(Math.max(0, (seconds - each.lastSeconds) / ((at - each.lastAt) / 1_000)) || 0);
      const bytes = each.isTree ? proportionalBytes(each.pid) : residentBytes(each.pid);
      each.memory.push((bytes || 0) / 2 ** 20);
      each.lastSeconds = seconds;
      each.lastAt = at;
    }
  }

  /** @param from the first sample that is measured, and @param to the one behind the last */
  figures(from: number, to: number): ProcessFigures[] {
    return this.watched.map(({ name, cpu, memory }) => {
      const measured = cpu.slice(from, to);
      const mean = measured.reduce((sum, value) => sum + value, 0) / Math.max(1, measured.length);
      return {
        name,
        cpu_cores: round(mean),
        cpu_cores_max: round(Math.max(0, ...measured)),
        memory_mb: Math.round(memory.at(-1) ?? 0),
        cpu: cpu.map(round),
        memory: memory.map(Math.round),
      };
    });
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;
const secondsOf = (pid: number, isTree: boolean) => (isTree ? treeSeconds(pid) : processSeconds(pid));
export const CORES = availableParallelism();
