import { createKafka, createLogger, delay, type KafkaSettings, LogBoundsReader } from "@pulseboard/runtime";
import { monotonicMs } from "../clock.ts";

/** Ends of the topic's partitions: all that was acknowledged before `askedAt` (monotonic ms) stands before them. */
export interface LogEnds {
  askedAt: number;
  ends: ReadonlyMap<number, number>;
}

/** Asks the brokers at an interval, until stopped; brokers that are away are asked again. */
export async function watchLogEnds(options: {
  kafka: KafkaSettings;
  topic: string;
  everyMs: number;
  signal: AbortSignal;
  onEnds: (ends: LogEnds) => void;
}): Promise<void> {
  const { topic, everyMs, signal, onEnds } = options;
  const kafka = createKafka("pulseboard-load-test", options.kafka, createLogger("load-test", "silent"));
  const reader = new LogBoundsReader(kafka, topic);
  try {
    while (!signal.aborted) {
      const askedAt = monotonicMs();
      try {
        const bounds = await reader.read();
        onEnds({ askedAt, ends: new Map([...bounds].map(([partition, { high }]) => [partition, high])) });
      } catch {
        // No answer: the lag of this moment stays unknown.
      }
      await delay(everyMs, signal);
    }
  } finally {
    await reader.close();
  }
}

/** Messages that ingest has not passed. */
export function lagOf(ends: ReadonlyMap<number, number>, next: ReadonlyMap<number, number>): number {
  let lag = 0;
  for (const [partition, end] of ends) lag += Math.max(0, end - (next.get(partition) ?? 0));
  return lag;
}

/** Growth a second, with the interval that holds it with 95%; null from fewer than three points. */
export interface Slope {
  perSecond: number;
  low: number;
  high: number;
}

/** Student's t, 97.5%, by degrees of freedom up to 10; 2 is near enough from there on. */
const T = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23];

/** Least squares. @param points [seconds, value] */
export function slopeOf(points: readonly (readonly [number, number])[]): Slope | null {
  const count = points.length;
  if (count < 3) return null;
  const mean = (index: 0 | 1) => points.reduce((sum, point) => sum + point[index], 0) / count;
  const [x0, y0] = [mean(0), mean(1)];
  const sxx = points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
  if (sxx === 0) return null;
  const perSecond = points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0) / sxx;
  const rest = points.reduce((sum, [x, y]) => sum + (y - y0 - perSecond * (x - x0)) ** 2, 0);
  const error = Math.sqrt(rest / (count - 2) / sxx) * (T[count - 3] ?? 2);
  return { perSecond, low: perSecond - error, high: perSecond + error };
}
