import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../logger.ts";
import { syncFolder } from "./atomicFile.ts";
import { ProducerState } from "./producerState.ts";
import { Segment } from "./segment.ts";

export const LOG_START_FILE = "log-start-offset";
const LOG_FILE = /^(\d{20})\.log$/;

export interface RecoveredLog {
  segments: Segment[];
  producers: ProducerState;
  logStartOffset: number;
  nextOffset: number;
}

/**
 * Rebuilds everything from a partition's files: sealed segments by what lies beside them, the last one batch by
 * batch with checksums, its torn tail cut off. What a producer's last batches were comes out of the same pass.
 */
export async function recoverLog(folder: string, logger: Logger): Promise<RecoveredLog> {
  const segments = await listSegments(folder);
  let producers = new ProducerState();
  for (const [i, segment] of segments.entries()) {
    const last = i === segments.length - 1;
    const sealed = last ? null : await segment.loadSeal();
    if (sealed !== null) {
      producers = new ProducerState(sealed);
      continue;
    }
    const cut = await segment.recover((header) => producers.remember(header, header.baseOffset));
    if (cut > 0) {
      logger.warn({ file: segment.path, bytes: cut, nextOffset: segment.nextOffset }, "cut off a torn end");
    }
    if (!last) await segment.seal(producers.snapshot());
  }
  const nextOffset = segments.at(-1)!.nextOffset;
  const trimmed = await readLogStart(folder);
  const logStartOffset = Math.min(Math.max(trimmed, segments[0]!.baseOffset), nextOffset);
  return { segments, producers, logStartOffset, nextOffset };
}

async function listSegments(folder: string): Promise<Segment[]> {
  const bases = (await readdir(folder)).flatMap((name) => {
    const base = LOG_FILE.exec(name)?.[1];
    return base === undefined ? [] : [Number(base)];
  });
  const segments = bases.sort((a, b) => a - b).map((base) => new Segment(folder, base));
  if (segments.length > 0) return segments;
  const first = new Segment(folder, 0);
  await first.create();
  await syncFolder(folder);
  return [first];
}

async function readLogStart(folder: string): Promise<number> {
  try {
    return Number.parseInt(await readFile(join(folder, LOG_START_FILE), "utf8"), 10) || 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
