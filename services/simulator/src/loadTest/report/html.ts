import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const part = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`page/${name}`, import.meta.url)), "utf8");

/** Modules stand one behind the other in one script: nothing in the page is fetched. */
const script = (name: string): string =>
  part(name)
    .replaceAll(/^import [^;]*;\n/gm, "")
    .replaceAll(/^export /gm, "");

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (character) => ESCAPES[character]!);

/** A word with a shape: told apart without colour. */
export const MARKS = {
  ok: '<circle cx="12" cy="12" r="10"/><path d="m7.5 12.5 3 3 6-6.5"/>',
  miss: '<rect x="2.5" y="2.5" width="19" height="19" rx="3"/><path d="m8 8 8 8m0-8-8 8"/>',
  void: '<path d="M12 2.5 22.5 21h-21Z"/><path d="M12 9.5v5.5m0 2.8v.1"/>',
};
export type Level = keyof typeof MARKS;
export const mark = (level: Level): string =>
  `<svg class="mark" viewBox="0 0 24 24" aria-hidden="true">${MARKS[level]}</svg>`;

export interface Tile {
  name: string;
  value: string;
  unit?: string;
  note: string;
}

const tile = ({ name, value, unit, note }: Tile): string =>
  `<div class="tile"><dt>${escapeHtml(name)}</dt><dd class="value">${escapeHtml(value)}${unit ? `<small>${escapeHtml(unit)}</small>` : ""}</dd><dd class="note">${escapeHtml(note)}</dd></div>`;

export interface Panel {
  id: string;
  /** Of twelve. */
  columns: 5 | 6 | 7 | 12;
  title: string;
  /** HTML beside the title. */
  note?: string;
  keys?: string;
  /** HTML. */
  body: string;
  /** Greyed in an invalid run. */
  isMeasured?: boolean;
}

const panel = ({ id, columns, title, note, keys, body, isMeasured }: Panel): string =>
  `<section class="panel c${columns}${isMeasured ? " measured" : ""}" id="${id}"><header><h2>${title}</h2>${note ? `<p>${note}</p>` : ""}${keys ? `<div class="keys">${keys}</div>` : ""}</header><div class="body">${body}</div></section>`;

/** An entry of a chart's legend. */
export const key = (colour: string, name: string, isDashed = false): string =>
  `<span class="key${isDashed ? " dash" : ""}" style="--c:var(--${colour})"><i></i>${name}</span>`;

export interface Page {
  title: string;
  what: string;
  verdict: string;
  level: Level;
  head: string;
  rest: string;
  why: string;
  tiles: Tile[];
  panels: Panel[];
  foot: string;
  /** What the charts draw. */
  data: object;
  /** All figures, for the button that saves them. */
  result: object;
  resultFile: string;
  /** Of the charts. */
  scripts: string[];
}

/** JSON inside a script element: nothing in it can end the element. */
const embed = (id: string, value: object): string =>
  `<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll("<", "\\u003c")}</script>`;

const LOGO =
  '<svg viewBox="0 0 20 20" fill="none" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M1 11h4l2.5-7 4.5 12 2.5-5H19"/></svg>';
const MOON =
  '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M6 1.2A6.8 6.8 0 1 0 14.8 10 5.6 5.6 0 0 1 6 1.2Z"/></svg>';

/** One file that fetches nothing, light and dark, two pages of A4. */
export function htmlPage(page: Page): string {
  return `<!doctype html>
<html lang="en" data-verdict="${page.verdict}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escapeHtml(page.title)}</title>
<style>
${part("page.css")}</style>
</head>
<body>
<header class="top">
  <span class="brand">${LOGO}Pulseboard</span>
  <span class="what">${escapeHtml(page.what)}</span>
  <div class="right"><button class="button" id="json" data-file="${escapeHtml(page.resultFile)}">JSON</button><button class="button" id="print">Print</button><button id="theme" aria-label="Dark or light">${MOON}</button></div>
</header>
<main>
<section class="verdict" aria-label="Verdict" data-level="${page.level}">${mark(page.level)}<div><h1><b>${escapeHtml(page.head)}</b> ${escapeHtml(page.rest)}</h1><p>${escapeHtml(page.why)}</p></div></section>
<dl class="tiles">${page.tiles.map(tile).join("")}</dl>
${page.panels.map(panel).join("\n")}
</main>
<footer>${escapeHtml(page.foot)}</footer>
${embed("data", page.data)}
${embed("result", page.result)}
<script>
${["axes.js", ...page.scripts].map(script).join("\n")}</script>
</body>
</html>
`;
}
