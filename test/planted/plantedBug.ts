export const AREAS = [
  "consume",
  "write",
  "fold",
  "upkeep",
  "erase",
  "replay",
  "decode",
  "contract",
  "api",
  "sql",
  "live",
  "web",
  "audit",
  "importer",
  "broker",
  "load test",
] as const;
export type Area = (typeof AREAS)[number];

/** A small harmful edit, and the test that has to notice it. */
export interface PlantedBug {
  area: Area;
  /** What goes wrong by it. */
  harm: string;
  file: string;
  /** Text that stands in the file exactly once, */
  from: string;
  /** and what is put in its place. */
  to: string;
  /** The test file that finds it, */
  test: string;
  /** and of its tests those whose names match, where the whole file takes long. */
  named?: string;
}

/** The file's text with the bug in it. @throws Error where the edit does not apply */
export function plant({ file, from, to }: PlantedBug, text: string): string {
  const places = text.split(from).length - 1;
  if (places !== 1)
    throw new Error(`${file}: expected ${JSON.stringify(from)} once, found it ${places} times`);
  if (from === to) throw new Error(`${file}: the edit changes nothing`);
  return text.replace(from, () => to);
}

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ").replaceAll(/ {2,}/g, " ");

/** The rows of docs/planted-bugs.md. */
export const rowOf = ({ area, harm, file, from, to, test }: PlantedBug): string =>
  `| ${area} | ${cell(harm)} | \`${file}\` | \`${cell(from)}\` → \`${cell(to)}\` | \`${test}\` |`;
