import { once } from "node:events";

const SLOW_MS = 2_000;
const EVERY_MS = 1_000;

/** Writes to stdout no faster than its reader takes it. */
export async function print(data: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(data)) await once(process.stdout, "drain");
}

export const number = (value: number): string => new Intl.NumberFormat("en").format(value);

/** Says on stderr every second how far the work is, once it has taken two seconds. */
export async function withProgress<T>(line: () => string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - began >= SLOW_MS) process.stderr.write(`${line()} ...\n`);
  }, EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
