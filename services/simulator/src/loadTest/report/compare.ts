import { readFile } from "node:fs/promises";
import { ConfigError } from "@pulseboard/runtime";
import { z } from "zod";
import { STAGES, type Stage } from "../measure/stages.ts";
import { formatMs } from "../progress.ts";
import type { LoadTestResult } from "../result.ts";

export interface Difference {
  name: string;
  before: string;
  now: string;
  /** `+12%` */
  percent: string;
}

const ms = z.number().nonnegative().nullable();
const points = z.array(z.tuple([z.number(), z.number()])).max(1_000);

/** What is taken of an earlier run's JSON. */
const earlierRun = z.object({
  started_at: z.string().max(40),
  rate: z.object({ asked: z.number(), achieved: z.number() }),
  latency_ms: z.record(z.enum(STAGES), z.object({ p50: ms, p99: ms })),
  curve: z.record(z.enum(STAGES), points).optional(),
});
export type EarlierRun = z.infer<typeof earlierRun>;

const LARGEST_BYTES = 64 * 1024 * 1024;

/** @throws ConfigError when the file is no load test's JSON */
export async function readEarlierRun(file: string): Promise<EarlierRun> {
  let value: unknown;
  try {
    const text = await readFile(file, "utf8");
    if (text.length > LARGEST_BYTES) throw new Error("it is too long");
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(
      `--compare: expected the JSON of an earlier run, ${file}: ${(error as Error).message}`,
    );
  }
  const read = earlierRun.safeParse(value);
  if (!read.success) {
    const { path, message } = read.error.issues[0]!;
    throw new ConfigError(
      `--compare: expected the JSON of an earlier run, ${file}: ${path.join(".")}: ${message}`,
    );
  }
  return read.data;
}

const NAMES: Record<Stage, string> = {
  acknowledged: "Acknowledged",
  stored: "Stored",
  counted: "Counted",
  screen: "On screen",
};

/** p99 of each stage then and now. */
export function differencesFrom(earlier: EarlierRun, result: LoadTestResult): Difference[] {
  return STAGES.flatMap((stage) => {
    const [before, now] = [earlier.latency_ms[stage].p99, result.latency_ms[stage].p99];
    if (before === null || now === null) return [];
    const percent =
      before === 0
        ? "-"
        : `${now >= before ? "+" : "−"}${Math.round((100 * Math.abs(now - before)) / before)}%`;
    return [{ name: NAMES[stage], before: formatMs(before), now: formatMs(now), percent }];
  });
}
