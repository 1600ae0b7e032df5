/* Inlined into the report of a search, after axes.js. */
import { compact, data, line, plot, rule, tick, word } from "./axes.js";

plot(document.querySelector("#knee .plot"), (width, height) => {
  const steps = data.steps.filter(({ p99 }) => p99 !== null);
  const [left, right, top, bottom] = [56, 24, 16, height - 34];
  const rates = steps.map(({ rate }) => rate);
  const [minRate, maxRate] = [Math.min(...rates) / 1.3, Math.max(...rates) * 1.3];
  const values = [...steps.map(({ p99 }) => p99), data.bound];
  const [low, high] = [Math.min(...values) / 2, Math.max(...values) * 1.5];
  const x = (rate) =>
    left + (Math.log(rate / minRate) / Math.log(maxRate / minRate)) * (width - left - right);
  const y = (value) => bottom - (Math.log(value / low) / Math.log(high / low)) * (bottom - top);
  let drawn = rule(left, bottom, width - right, bottom, "var(--edge)");
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10)
    for (const value of [power, power * 3])
      if (value >= low && value <= high)
        drawn +=
          rule(left, y(value), width - right, y(value)) +
          word(left - 8, y(value) + 4, tick(value), 'text-anchor="end"');
  for (let power = 10 ** Math.floor(Math.log10(minRate)); power <= maxRate; power *= 10)
    for (const value of [power, power * 2, power * 5])
      if (value >= minRate && value <= maxRate)
        drawn +=
          rule(x(value), bottom, x(value), bottom + 4, "var(--edge)") +
          word(x(value), bottom + 18, compact.format(value), 'text-anchor="middle"');
  drawn += word(width - right, height - 2, "events a second", 'text-anchor="end"');
  drawn +=
    rule(left, y(data.bound), width - right, y(data.bound), "var(--bad)", 'stroke-dasharray="3 3"') +
    word(left + 6, y(data.bound) - 6, `bound of p99, ${tick(data.bound)}`, 'class="halo"');
  if (data.best !== null)
    drawn +=
      rule(x(data.best), top, x(data.best), bottom, "var(--screen)", 'stroke-dasharray="2 3"') +
      word(
        x(data.best) - 6,
        top + 10,
        `holds ${compact.format(data.best)}/s`,
        'class="strong halo" text-anchor="end"',
      );
  // One line through the worst of each rate.
  const worst = new Map();
  for (const { rate, p99 } of steps) worst.set(rate, Math.max(p99, worst.get(rate) ?? 0));
  drawn += line(
    [...worst].map(([rate, p99]) => [x(rate), y(p99)]),
    "var(--edge)",
    1.25,
  );
  for (const { rate, p99, held, verdict } of steps) {
    const [cx, cy] = [x(rate), y(p99)];
    drawn += held
      ? `<circle cx="${cx}" cy="${cy}" r="5" fill="var(--screen)" stroke="var(--surface)" stroke-width="1.5"/>`
      : verdict === "invalid"
        ? `<path d="M${cx} ${cy - 6}l6 11h-12Z" fill="var(--edge)" stroke="var(--surface)" stroke-width="1.5"/>`
        : `<rect x="${cx - 5}" y="${cy - 5}" width="10" height="10" rx="1" fill="var(--bad)" stroke="var(--surface)" stroke-width="1.5"/>`;
  }
  return drawn;
});
