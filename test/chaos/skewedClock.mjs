// Loaded into an ingest process before its own program: its time of day is off by what the file CLOCK_FILE says, which
// changes while it runs, and by CLOCK_SKEW_MS. Timers and monotonic clocks are true.
import { readFileSync } from "node:fs";

const { CLOCK_FILE, CLOCK_SKEW_MS } = process.env;
const EVERY_MS = 10;
const TrueDate = Date;
let skewMs = 0;
let readAt = Number.NEGATIVE_INFINITY;

function now() {
  const at = performance.now();
  if (at - readAt > EVERY_MS) {
    skewMs = Number(CLOCK_SKEW_MS ?? 0) + (CLOCK_FILE ? Number(readFileSync(CLOCK_FILE, "utf8")) : 0);
    readAt = at;
  }
  return TrueDate.now() + skewMs;
}

globalThis.Date = class extends TrueDate {
  constructor(...given) {
    if (given.length === 0) super(now());
    else super(...given);
  }

  static now() {
    return now();
  }
};
