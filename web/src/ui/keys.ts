/** Where the arrow keys lead among things of which Tab reaches one. */

export interface Cell {
  day: number;
  hour: number;
}

/** Along a row of `count`: the place to go to, or null for another key. The ends hold. */
export function along(key: string, at: number, count: number): number | null {
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1 }[key];
  return to === undefined ? null : Math.max(0, Math.min(to, count - 1));
}

const ARROWS: Record<string, [down: number, right: number]> = {
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
};

/**
 * In a week of days and hours: the cell to go to, or null for another key. The edges hold.
 *
 * @param turned hours run down and days across
 */
export function inWeek(key: string, { day, hour }: Cell, turned = false): Cell | null {
  if (key === "Home") return { day, hour: 0 };
  if (key === "End") return { day, hour: 23 };
  const arrow = ARROWS[key];
  if (!arrow) return null;
  const [days, hours] = turned ? [arrow[1], arrow[0]] : arrow;
  return { day: Math.max(0, Math.min(day + days, 6)), hour: Math.max(0, Math.min(hour + hours, 23)) };
}
