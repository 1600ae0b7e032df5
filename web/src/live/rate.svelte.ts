import type { LiveMessage } from "@pulseboard/contract";

export interface RatePoint {
  /** ms since the epoch, the server's. */
  x: number;
  /** Events per second; NaN where nothing was heard, so that the line breaks. */
  y: number;
}

const KEEP = 1_800;
const GAP = 15_000;

/** Events per second as they were pushed since the page was opened. Nothing earlier is served. */
export class RateHistory {
  #points = $state.raw<RatePoint[]>([]);

  get points() {
    return this.#points;
  }

  hear({ data }: LiveMessage<"totals">): void {
    const x = Date.parse(data.as_of) + data.freshness_ms;
    const last = this.#points.at(-1);
    if (last && x <= last.x) return;
    const gap = last && x - last.x > GAP ? [{ x: last.x + 1, y: Number.NaN }] : [];
    this.#points = [...this.#points.slice(-KEEP), ...gap, { x, y: data.events_per_second }];
  }
}
