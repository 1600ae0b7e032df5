import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Frame {
  functionName: string;
  url: string;
  lineNumber: number;
}

interface CpuProfile {
  nodes: { id: number; callFrame: Frame; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
}

const FUNCTIONS = 30;

export interface SelfTime {
  where: string;
  share: number;
  milliseconds: number;
}

/** Names of the profiles in a folder, of every thread of every process. */
export const profilesIn = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"));

/** Where the busiest thread of the profiles spent its time, idle time left out: by function, and by area of the code. */
export function busiestThread(folder: string, names: string[]): { functions: SelfTime[]; areas: SelfTime[] } {
  const profiles = names.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as CpuProfile);
  const sums = profiles.map((profile) => sum(profile, nameOf)).sort((a, b) => total(b) - total(a));
  const areas = profiles.map((profile) => sum(profile, areaOf(profile))).sort((a, b) => total(b) - total(a));
  return {
    functions: sums[0] ? shares(sums[0]).slice(0, FUNCTIONS) : [],
    areas: areas[0] ? shares(areas[0]) : [],
  };
}

function shares(times: Map<string, number>): SelfTime[] {
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .map(([where, micros]) => ({ where, share: micros / total(times), milliseconds: micros / 1000 }));
}

const total = (times: Map<string, number>): number =>
  [...times.values()].reduce((sum, time) => sum + time, 0);

type Node = CpuProfile["nodes"][number];

function sum(profile: CpuProfile, nameOf: (node: Node) => string): Map<string, number> {
  const names = new Map(profile.nodes.filter((node) => !isIdle(node)).map((node) => [node.id, nameOf(node)]));
  const times = new Map<string, number>();
  profile.samples.forEach((id, index) => {
    const name = names.get(id);
    if (name !== undefined) times.set(name, (times.get(name) ?? 0) + profile.timeDeltas[index]!);
  });
  return times;
}

const isIdle = ({ callFrame }: Node) => callFrame.functionName === "(idle)";

const placeOf = (url: string): string =>
  url.replace(/^.*\/node_modules\//, "").replace(/^file:\/\/.*?\/(packages|services)\//, "$1/");

function nameOf({ callFrame: { functionName, url, lineNumber } }: Node): string {
  const name = functionName || "(anonymous)";
  return url ? `${name} ${placeOf(url)}:${lineNumber + 1}` : name;
}

const AREAS: [RegExp, string][] = [
  [/^kafkajs\//, "kafkajs: fetch, frames, records"],
  [/^packages\/contract\/|\/ingest\/src\/decode\//, "decode and validate"],
  [/\/ingest\/src\/write\/(binaryCopy|store)/, "encode rows, count deltas"],
  [/\/ingest\/src\/write\/deltas/, "encode rows, count deltas"],
  [/\/ingest\/src\/write\//, "prepare, queue, offsets"],
  [/\/ingest\/src\/consume\//, "consume"],
  [/\/ingest\/src\/fold\//, "fold, client side"],
  [/^pg[-/]/, "pg: protocol and sockets"],
  [/^(tsx|esbuild|get-tsconfig)\/|^node:internal\/modules/, "loading the program"],
];

/** The area of the nearest caller that belongs to one: a Buffer's copy counts as kafkajs' when kafkajs asked for it. */
function areaOf(profile: CpuProfile): (node: Node) => string {
  const parents = new Map<number, Node>();
  for (const node of profile.nodes) for (const child of node.children ?? []) parents.set(child, node);
  return (node) => {
    if (node.callFrame.functionName === "(garbage collector)") return "garbage collection";
    for (let at: Node | undefined = node; at; at = parents.get(at.id)) {
      const place = placeOf(at.callFrame.url);
      const area = AREAS.find(([pattern]) => pattern.test(place));
      if (area) return area[1];
    }
    return "other";
  };
}
