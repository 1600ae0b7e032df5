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
