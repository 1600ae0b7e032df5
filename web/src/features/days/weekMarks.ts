import type { Chart, Plugin } from "chart.js";
import type { Ink } from "../../ui/charts/ink.ts";
import { brief } from "../../ui/format.ts";
import { DAYS } from "../heatmap/heat.ts";

interface Marks {
  ink: Ink;
  values: readonly number[];
  peak: number;
  low: number;
  today: number;
}

const marksOf = new WeakMap<Chart<"line">, Marks>();

/** What a week line carries besides its line: the weekend's band, the base line, the day letters, peak and low. */
export const weekMarks = {
  id: "weekMarks",

  mark(chart: Chart<"line">, marks: Marks): void {
    marksOf.set(chart, marks);
  },

  beforeDatasetsDraw(chart) {
    const marks = marksOf.get(chart);
    const { x, y } = chart.scales;
    if (!marks || !x || !y) return;
    const { ctx, width } = chart;
    const { ink, today } = marks;
    const unit = ink.rem / 16;
    const base = y.getPixelForValue(0);
    const weekend = x.getPixelForValue(4.5);
    ctx.save();
    ctx.fillStyle = ink.of("--sunken");
    ctx.fillRect(weekend, 12 * unit, width - weekend, base - 12 * unit);
    ctx.fillStyle = ink.of("--edge");
    ctx.fillRect(0, base - 0.5, width, 1);
    ctx.textAlign = "center";
    ctx.textBaseline = "alphabetic";
    for (const [day, { name }] of DAYS.entries()) {
      ctx.font = ink.font(day === today ? 600 : 400);
      ctx.fillStyle = ink.of(day === today ? "--text" : "--muted");
      ctx.fillText(name.slice(0, 1), x.getPixelForValue(day), chart.height - 4 * unit);
    }
    ctx.restore();
  },

  afterDatasetsDraw(chart) {
    const marks = marksOf.get(chart);
    const { x, y } = chart.scales;
    if (!marks || !x || !y) return;
    const { ctx, width } = chart;
    const { ink, values, peak, low } = marks;
    const unit = ink.rem / 16;
    const base = y.getPixelForValue(0);
    ctx.save();
    ctx.textAlign = "center";
    ctx.font = ink.font(600);
    ctx.lineJoin = "round";
    ctx.lineWidth = 4 * unit;
    ctx.strokeStyle = ink.of("--surface");
    ctx.fillStyle = ink.of("--text");
    for (const day of new Set([peak, low])) {
      const value = values[day] ?? 0;
      const text = brief(value);
      const at = y.getPixelForValue(value);
      const half = ctx.measureText(text).width / 2;
      const left = Math.min(Math.max(x.getPixelForValue(day), half), width - half);
      const above = day === peak || at > base - 20 * unit;
      if (day === low && !above && left > x.getPixelForValue(4.5)) ctx.strokeStyle = ink.of("--sunken");
      ctx.strokeText(text, left, at + (above ? -9 : 18) * unit);
      ctx.fillText(text, left, at + (above ? -9 : 18) * unit);
    }
    ctx.restore();
  },
} satisfies Plugin<"line"> & { mark(chart: Chart<"line">, marks: Marks): void };
