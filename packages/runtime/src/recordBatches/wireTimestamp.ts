const UNTIL_1970 = -1;

/** A message timestamp is any int64: exact as far as a number is, else the nearest that is; -1 for all below. */
export const wireTimestamp = (ms: number): number =>
  Math.max(UNTIL_1970, Math.min(ms, Number.MAX_SAFE_INTEGER));
