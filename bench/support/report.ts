import { mkdir, writeFile } from "node:fs/promises";
import { arch, cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import type { Database } from "./database.ts";

export const RESULTS = new URL("../results/", import.meta.url).pathname;

/** How fast a part was, and CPU microseconds an event by process. */
export interface Rate {
  perSecond: number;
  seconds: number;
  cpuMicros: Record<string, number>;
}

export interface Machine {
  cores: number;
  model: string;
  memoryGb: number;
  platform: string;
  node: string;
  postgresql: string;
  date: string;
  /** One-minute load before the bench began. */
  load: number;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export async function describeMachine(database: Database): Promise<Machine> {
  const client = await database.connect();
  const { rows } = await client.query<{ server_version: string }>("show server_version");
  await client.end();
  return {
    cores: cpus().length,
    model: cpus()[0]?.model ?? "unknown",
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${arch()}`,
    node: process.versions.node,
    postgresql: rows[0]!.server_version,
    date: new Date().toISOString(),
    load: loadavg()[0]!,
  };
}

export const machineLine = (machine: Machine): string =>
  `${machine.cores} x ${machine.model}, ${machine.memoryGb} GB, ${machine.platform}; Node ${machine.node}, ` +
  `PostgreSQL ${machine.postgresql}; ${machine.date.slice(0, 16)}Z; load before ${machine.load.toFixed(2)}`;

/** Columns of text: the first to the left, the others to the right. */
export function table(header: string[], rows: string[][]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const line = (row: string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
  return [line(header), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

export const count = (value: number): string => Math.round(value).toLocaleString("en-US");

/** @returns the file */
export async function writeJson(name: string, result: unknown, date: string): Promise<string> {
  await mkdir(RESULTS, { recursive: true });
  const file = join(RESULTS, `${name}-${date.slice(0, 19).replace(/[:T]/g, "-")}.json`);
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  return file;
}
