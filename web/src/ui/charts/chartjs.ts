/** The parts of Chart.js in use, registered once. */
import {
  Chart,
  type ChartOptions,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from "chart.js";
import type { Ink } from "./ink.ts";

Chart.register(LinearScale, LineController, LineElement, PointElement, Tooltip);

export { Chart };

/** What every chart here has in common: data as {x, y} in order, nothing moves, the box decides the size. */
export const COMMON: ChartOptions<"line"> = {
  animation: false,
  parsing: false,
  normalized: true,
  responsive: true,
  maintainAspectRatio: false,
  events: ["mousemove", "mouseout", "touchstart", "touchmove"],
};

/** What stands beside the pointer, in the page's colours and sizes. */
export function tipIn(ink: Ink) {
  const unit = ink.rem / 16;
  return {
    backgroundColor: ink.of("--surface"),
    borderColor: ink.of("--edge"),
    borderWidth: 1,
    cornerRadius: 6 * unit,
    padding: 8 * unit,
    titleColor: ink.of("--muted"),
    bodyColor: ink.of("--text"),
    titleFont: { family: ink.family, size: 12 * unit, weight: "normal" },
    bodyFont: { family: ink.family, size: 13 * unit, weight: 600 },
  };
}
