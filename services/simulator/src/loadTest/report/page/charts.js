/* Inlined into the report of a run, after axes.js. */
import { compact, data, grid, line, ms, path, plot, rule, tick, timeAxis, word } from "./axes.js";

const STAGES = data.stages;
const middle = (second) => second.t + 0.5;
const isMeasured = ({ t }) => t >= 0 && t < data.measured;
const at = (axis, of) => data.seconds.map((second) => [axis.x(middle(second)), of(second)]);

plot(document.querySelector("#rate .plot"), (width, height) => {
  const axis = timeAxis(width, height);
  const max =
    data.seconds.reduce(
      (most, { asked, acknowledged, counted }) => Math.max(most, asked, acknowledged, counted),
      1,
    ) * 1.05;
  const y = (value) => axis.bottom - (value / max) * (axis.bottom - axis.top);
  const series = (name) => at(axis, (second) => y(second[name]));
  return (
    axis.ground +
    grid(max, y, 44, width - 8, (value) => compact.format(value)) +
    line(series("acknowledged"), "var(--acked)", 1.5) +
    line(series("counted"), "var(--screen)") +
    line(series("asked"), "var(--text)", 1.25, "4 3") +
    (data.rateNote
      ? word(
          axis.x(data.measured / 2),
          y(max * 0.3),
          data.rateNote,
          'class="strong halo" text-anchor="middle"',
        )
      : "")
  );
});

// A long run has more seconds than Math.max(...seconds) has stack for.
/* One scale for all four stages: whole powers of ten around what was measured. */
const values = data.seconds
  .filter(isMeasured)
  .flatMap(({ latency_ms }) => Object.values(latency_ms).flatMap(({ p50, max }) => [p50, max]))
  .filter((value) => value !== null);
const lowest = values.reduce((a, b) => Math.min(a, b), 1);
const highest = values.reduce((a, b) => Math.max(a, b), Math.max(data.bound ?? 0, 10));
const floor = 10 ** Math.floor(Math.log10(Math.max(0.5, lowest)));
const ceiling = 10 ** Math.ceil(Math.log10(highest * 1.01));
const decades = [];
for (let value = Math.max(1, floor); value <= ceiling; value *= 10) decades.push(value);

document.querySelectorAll(".stages .plot").forEach((element, index) => {
  const stage = element.dataset.stage;
  plot(element, (width, height) => {
    const columns = getComputedStyle(document.querySelector(".stages")).gridTemplateColumns.split(" ").length;
    const isFirst = index % columns === 0;
    const left = isFirst ? 44 : 4;
    const axis = timeAxis(width, height, { left, right: 4, words: false });
    const y = (value) =>
      axis.bottom -
      (Math.log(Math.max(value, floor) / floor) / Math.log(ceiling / floor)) * (axis.bottom - axis.top);
    const series = (name) =>
      data.seconds.filter(isMeasured).map((second) => {
        const value = second.latency_ms[stage][name];
        return [axis.x(middle(second)), value === null ? null : y(value)];
      });
    const colour = `var(--${element.dataset.colour})`;
    const ticks = decades
      .map(
        (value) =>
          rule(left, y(value), width - 4, y(value)) +
          (isFirst ? word(left - 8, y(value) + 4, tick(value), 'text-anchor="end"') : ""),
      )
      .join("");
    const bound =
      stage === data.boundStage && data.bound
        ? rule(left, y(data.bound), width - 4, y(data.bound), "var(--bad)", 'stroke-dasharray="3 3"') +
          word(
            width - 6,
            y(data.bound) - 5,
            `bound of p99, ${tick(data.bound)}`,
            'class="halo" text-anchor="end"',
          )
        : "";
    return (
      axis.ground +
      ticks +
      bound +
      line(series("max"), colour, 1, "2 2") +
      line(series("p50"), colour, 1.25) +
      line(series("p99"), colour, 2.25)
    );
  });
});

plot(document.querySelector("#curve .plot"), (width, height) => {
  const right = width > 340 ? 104 : 12;
  const [left, bottom, top] = [44, height - 38, 8];
  const nines = Math.max(1, ...STAGES.map(({ key }) => data.curve[key].at(-1)?.[0] ?? 0));
  const x = (position) => left + (Math.min(position, nines) / nines) * (width - left - right);
  const all = STAGES.flatMap(({ key }) => data.curve[key].map(([, value]) => value)).concat(data.bound ?? []);
  const low = Math.max(0.1, 10 ** Math.floor(Math.log10(Math.max(0.1, Math.min(...all, 1000)))));
  const high = Math.max(...all, low * 10) * 1.15;
  const y = (value) =>
    bottom - (Math.log(Math.max(value, low) / low) / Math.log(high / low)) * (bottom - top);
  const steps = Math.log10(high / low) > 3.5 ? [1] : [1, 3];
  let drawn = rule(left, bottom, width - right, bottom, "var(--edge)");
  for (let power = low; power <= high; power *= 10)
    for (const step of steps) {
      const value = Number((power * step).toPrecision(2));
      if (value <= high)
        drawn +=
          rule(left, y(value), width - right, y(value)) +
          word(left - 8, y(value) + 4, tick(value), 'text-anchor="end"');
    }
  const named = [
    [0, "0%"],
    [Math.log10(2), "50"],
    [1, "90"],
    [2, "99"],
    [3, "99.9"],
    [4, "99.99"],
    [5, "99.999"],
    [6, "99.9999"],
  ];
  for (const [position, name] of named) {
    if (position > nines || (position === 0 && width < 480)) continue;
    const is99 = position === 2;
    drawn +=
      rule(x(position), is99 ? top : bottom, x(position), bottom + 4, `var(--${is99 ? "line" : "edge"})`) +
      word(
        x(position),
        bottom + 18,
        name,
        `text-anchor="${position ? "middle" : "start"}"${is99 ? ' class="strong"' : ""}`,
      );
  }
  drawn += word(left, height - 4, "percentile; each step to the right is ten times rarer");
  if (data.bound)
    drawn += rule(left, y(data.bound), width - right, y(data.bound), "var(--bad)", 'stroke-dasharray="3 3"');
  const points = (of, key) => (of[key] ?? []).map(([position, value]) => [x(position), y(value)]);
  for (const { key, colour } of STAGES) {
    if (data.earlierCurve) drawn += line(points(data.earlierCurve, key), `var(--${colour})`, 1, "3 3");
    drawn += line(points(data.curve, key), `var(--${colour})`, key === data.boundStage ? 2.5 : 1.75);
  }
  if (data.p99 !== null) {
    const isHigh = y(data.p99) < top + 24;
    drawn +=
      `<circle cx="${x(2)}" cy="${y(data.p99)}" r="4" fill="var(--screen)" stroke="var(--surface)" stroke-width="1.5"/>` +
      word(x(2) + 8, y(data.p99) + (isHigh ? 18 : -8), `p99 ${ms(data.p99)}`, 'class="strong halo"');
  }
  if (right > 20) {
    const ends = STAGES.filter(({ key }) => data.curve[key].length)
      .map(({ key, name, colour }) => ({ name, colour, max: data.curve[key].at(-1)[1] }))
      .sort((a, b) => b.max - a.max);
    let last = -99;
    for (const { name, colour, max } of ends) {
      last = Math.max(y(max) + 4, last + 27);
      drawn +=
        word(width - right + 10, last, name, `class="strong" style="fill:var(--${colour})"`) +
        word(width - right + 10, last + 12, `max ${ms(max)}`);
    }
  }
  return drawn;
});

for (const element of document.querySelectorAll("#lag .plot"))
  plot(element, (width, height) => {
    const name = element.dataset.k;
    const isLag = name === "lag";
    const axis = timeAxis(width, height, { foot: isLag ? 10 : 22, labels: !isLag });
    const top = data.seconds.reduce(
      (most, second) => ((second[name] ?? -1) > (most?.[name] ?? -1) ? second : most),
      undefined,
    );
    const max = Math.max(top?.[name] ?? 0, 1) * 1.12;
    const y = (value) => axis.bottom - (value / max) * (axis.bottom - axis.top - 14);
    const points = at(axis, (second) => (second[name] === null ? null : y(second[name])));
    const known = points.filter(([, value]) => value !== null);
    if (!known.length) return axis.ground;
    const area = `<path d="${path([[known[0][0], axis.bottom], ...known, [known.at(-1)[0], axis.bottom]])}Z" fill="var(--screen)" opacity=".12"/>`;
    const say = (value) => (isLag ? compact.format(value) : tick(value));
    const topX = Math.min(Math.max(axis.x(middle(top)), 110), width - 40);
    return (
      axis.ground +
      grid(max, y, 44, width - 8, say) +
      area +
      line(known, "var(--screen)") +
      word(50, axis.top + 4, isLag ? "Lag, events" : "Freshness", 'class="strong halo"') +
      word(
        topX,
        y(top[name]) - 6,
        isLag ? compact.format(top.lag) : ms(top.freshness_ms),
        'class="strong halo" text-anchor="middle"',
      )
    );
  });
