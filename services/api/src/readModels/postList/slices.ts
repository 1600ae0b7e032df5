import { setImmediate as rest } from "node:timers/promises";

/** Long work lets others in after so long, ms. */
export const SLICE_MS = 5;

/** Steps of one slice. @returns whether all are done */
export function runSlice(steps: Iterator<void, void>, sliceMs: number): boolean {
  const begun = performance.now();
  do if (steps.next().done) return true;
  while (performance.now() - begun < sliceMs);
  return false;
}

/** The other slices, each in a turn of the event loop. */
export async function runRest(steps: Iterator<void, void>, sliceMs: number): Promise<void> {
  do await rest();
  while (!runSlice(steps, sliceMs));
}

export function atOnce<T>(steps: Iterator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
