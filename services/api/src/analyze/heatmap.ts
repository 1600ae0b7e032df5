import type { PatternByPost } from "./gather.ts";
import type { Style } from "./style.ts";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const LEVELS = "▁▂▃▄▅▆▇█";
const LABEL = "  ";

/** The week as fields of days and hours, Monday first, and the sums of each hour below. */
export function heatmap(cells: readonly PatternByPost[], style: Style): string {
  const totals = new Map(
    cells.map((cell) => [`${cell.day_of_week} ${cell.hour_of_day}`, cell.total_engagements]),
  );
  const most = Math.max(0, ...totals.values());
  const ofHour = (day: number, hour: number) => totals.get(`${day} ${hour}`) ?? 0;
  const hours = HOURS.map((hour) => HOURS.slice(0, 7).reduce((sum, day) => sum + ofHour(day, hour), 0));
  const busiest = Math.max(...hours);
  const level = (value: number) => LEVELS[Math.round((value / Math.max(busiest, 1)) * (LEVELS.length - 1))]!;
  const rows = DAYS.map((name, index) => {
    const fields = HOURS.map((hour) => style.field(most > 0 ? ofHour((index + 1) % 7, hour) / most : 0));
    return `${LABEL}${name}  ${fields.join(" ")}`;
  });
  return [
    style.dim(`${LABEL}     ${HOURS.map((hour) => String(hour).padStart(2)).join(" ")}`),
    ...rows,
    style.dim(`${LABEL}all  ${hours.map((value) => level(value).repeat(2)).join(" ")}`),
  ]
    .map((line) => `${line}\n`)
    .join("");
}
