import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

export interface SelfTime {
  where: string;
  share: number;
  milliseconds: number;
}

/** Names of the profiles in a folder, of every thread of every process. */
export const profilesIn = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"));

/** The functions that the busiest thread of the profiles spent its time in, idle time left out. */
export function selfTimes(folder: string, names: string[], top: number): SelfTime[] {
  const threads = names.map((name) => sumByFunction(JSON.parse(readFileSync(join(folder, name), "utf8"))));
  const busiest = threads.sort((a, b) => total(b) - total(a))[0];
  if (!busiest) return [];
  return [...busiest]
    .sort(([, a], [, b]) => b - a)
    .slice(0, top)
    .map(([where, micros]) => ({ where, share: micros / total(busiest), milliseconds: micros / 1000 }));
}

const total = (times: Map<string, number>): number =>
  [...times.values()].reduce((sum, time) => sum + time, 0);

function sumByFunction(profile: CpuProfile): Map<string, number> {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  profile.samples.forEach((id, index) => {
    const name = names.get(id)!;
    if (name !== "(idle)") times.set(name, (times.get(name) ?? 0) + profile.timeDeltas[index]!);
  });
  return times;
}

function nameOf({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const name = functionName || "(anonymous)";
  if (!url) return name;
  const file = url.replace(/^.*\/node_modules\//, "").replace(/^file:\/\/.*?\/(packages|services)\//, "$1/");
  return `${name} ${file}:${lineNumber + 1}`;
}
