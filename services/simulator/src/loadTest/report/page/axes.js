/* Inlined into the report, first: what its charts share. Draws what the JSON in #data holds. */
export const data = JSON.parse(document.getElementById("data").textContent);
const root = document.documentElement;
export const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
export const ms = (value) =>
  value < 10
    ? `${value.toFixed(1)} ms`
    : value < 1000
      ? `${Math.round(value)} ms`
      : `${(value / 1000).toFixed(1)} s`;
export const tick = (value) => (value < 1000 ? `${value} ms` : `${value / 1000} s`);

/** Every chart draws itself again when its box changes, and for paper. */
const paints = [];
export function plot(element, draw) {
  if (!element) return;
  const paint = () => {
    const { width, height } = element.getBoundingClientRect();
    if (!width) return;
    element.innerHTML = `<svg role="img" viewBox="0 0 ${width} ${height}" aria-label="${element.dataset.label ?? ""}">${draw(width, height)}</svg>`;
  };
  new ResizeObserver(paint).observe(element);
  paints.push(paint);
}
function paper(on) {
  root.classList.toggle("paper", on);
  for (const paint of paints) paint();
}
addEventListener("beforeprint", () => paper(true));
addEventListener("afterprint", () => paper(false));

export const path = (points) => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;
/** A line, broken where there is no value. */
export function line(points, colour, width = 1.75, dash = "") {
  const pieces = [[]];
  for (const point of points) {
    if (point[1] === null) pieces.push([]);
    else pieces.at(-1).push(point);
  }
  const drawn = pieces
    .filter((piece) => piece.length)
    .map(path)
    .join("");
  return drawn
    ? `<path d="${drawn}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linejoin="round"${dash && ` stroke-dasharray="${dash}"`}/>`
    : "";
}
export const rule = (x1, y1, x2, y2, colour = "var(--line)", more = "") =>
  `<line x1="${x1}" x2="${x2}" y1="${y1}" y2="${y2}" stroke="${colour}" ${more}/>`;
export const word = (x, y, text, more = "") => `<text x="${x}" y="${y}" ${more}>${text}</text>`;

/** A round step for some five lines up to a value. */
export function niceStep(max, lines = 5) {
  const power = 10 ** Math.floor(Math.log10(max / lines || 1));
  return [1, 2, 2.5, 5, 10].map((each) => each * power).find((step) => max / step <= lines);
}
export function grid(max, y, left, right, say) {
  const step = niceStep(max);
  let drawn = "";
  for (let value = 0; value <= max; value += step) {
    if (value) drawn += rule(left, y(value), right, y(value));
    drawn += word(left - 8, y(value) + 4, value ? say(value) : "0", 'text-anchor="end"');
  }
  return drawn;
}

/** Width of a letter of 11 px, generously. */
const LETTER = 6;
const FIRST = -data.warmUp;
const LAST = Math.max(data.measured, (data.seconds.at(-1)?.t ?? -1) + 1);
/** The time axis of a run: warm-up and rest are shaded, only what lies between is measured. */
export function timeAxis(
  width,
  height,
  { left = 44, right = 8, top = 8, foot = 22, words = true, labels = true } = {},
) {
  const x = (t) => left + ((t - FIRST) / (LAST - FIRST)) * (width - left - right);
  const bottom = height - foot;
  const shade = (from, to) =>
    to > from
      ? `<rect x="${x(from)}" y="${top}" width="${x(to) - x(from)}" height="${bottom - top}" fill="var(--sunken)"/>`
      : "";
  const step = niceStep(data.measured, width > 300 ? 6 : 3);
  let ground =
    shade(FIRST, 0) + shade(data.measured, LAST) + rule(left, bottom, width - right, bottom, "var(--edge)");
  /* Where the words of each line end: a label that would run into the one before stands a line lower. */
  const ends = [];
  for (const { at, label } of data.marks) {
    ground += rule(x(at), top, x(at), bottom, "var(--edge)", 'stroke-dasharray="2 3"');
    if (!words || !labels) continue;
    const from = Math.max(left, Math.min(x(at) + 4, width - right - label.length * LETTER));
    const free = ends.findIndex((end) => end <= from);
    const row = free < 0 ? ends.length : free;
    ends[row] = from + (label.length + 1) * LETTER;
    ground += word(from, top + 10 + row * 13, label, 'class="halo"');
  }
  if (labels) {
    for (let t = 0; t <= data.measured + 1e-9; t += step) {
      const isLast = t + step > data.measured;
      ground += word(
        x(t),
        height - 5,
        `${Number(t.toFixed(2))}${isLast ? " s" : ""}`,
        'text-anchor="middle"',
      );
    }
    if (words && x(0) - x(FIRST) > 60) ground += word(x(FIRST), height - 5, "warm-up");
    if (words && width - right - x(data.measured) > 50)
      ground += word(width - right, height - 5, "rest", 'text-anchor="end"');
  }
  return { x, bottom, top, ground };
}

const theme = document.getElementById("theme");
theme.onclick = () => {
  const isDark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
};
const jsonButton = document.getElementById("json");
jsonButton.onclick = () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(
    new Blob([document.getElementById("result").textContent], { type: "application/json" }),
  );
  link.download = jsonButton.dataset.file;
  link.click();
  URL.revokeObjectURL(link.href);
};
document.getElementById("print").onclick = () => print();
