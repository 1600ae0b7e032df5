import { MEMORY, type MemoryOf, type Sample } from "./sample.ts";

/** Growth over the last two thirds that still counts as flat: of the mean, or in bytes. */
const FLAT_SHARE = 0.05;
const FLAT_BYTES = 8 << 20;

export interface Flatness {
  of: MemoryOf;
  meanBytes: number;
  /** By the line of least squares through the samples of the last two thirds. */
  bytesAnHour: number;
  /** Over those two thirds. */
  growth: number;
  flat: boolean;
}

/** Slope of the line of least squares, in units of y a unit of x. */
export function slope(points: readonly { x: number; y: number }[]): number {
  const mean = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const over = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0);
  const under = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  return under === 0 ? 0 : over / under;
}

/** Whether the memory of each process stays, once the first third has filled its caches. */
export function judgeFlatness(samples: readonly Sample[]): Flatness[] {
  const end = samples.at(-1)?.seconds ?? 0;
  const late = samples.filter(({ seconds }) => seconds >= end / 3);
  if (late.length < 3) return [];
  const span = end - late[0]!.seconds;
  return MEMORY.map((of) => {
    const points = late.map(({ seconds, memory }) => ({ x: seconds, y: memory[of] }));
    const meanBytes = points.reduce((sum, { y }) => sum + y, 0) / points.length;
    const bytesASecond = slope(points);
    const growth = bytesASecond * span;
    return {
      of,
      meanBytes,
      bytesAnHour: bytesASecond * 3_600,
      growth: growth / meanBytes,
      flat: growth <= Math.max(FLAT_BYTES, FLAT_SHARE * meanBytes),
    };
  });
}
