import type { Segment } from "./segment.ts";

/** -1 is no limit. */
export interface RetentionLimits {
  ms: number;
  bytes: number;
}

/** How many segments, from the oldest on, are past either limit. As in Kafka, bytes never cut below the limit. */
export async function countExpired(
  segments: Segment[],
  limits: RetentionLimits,
  now: number,
): Promise<number> {
  let excess = segments.reduce((sum, segment) => sum + segment.size, 0) - limits.bytes;
  let expired = 0;
  for (const segment of segments) {
    if (segment.size === 0) break;
    const tooOld = limits.ms >= 0 && now - (await segment.newestTime()) > limits.ms;
    const tooMuch = limits.bytes >= 0 && excess >= segment.size;
    if (!tooOld && !tooMuch) break;
    excess -= segment.size;
    expired++;
  }
  return expired;
}
