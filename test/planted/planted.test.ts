import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../support/programs.ts";
import { BUGS } from "./bugs/index.ts";
import { AREAS, plant, rowOf } from "./plantedBug.ts";

test("every planted bug applies to the code as it is, has a test file, and stands in the list; no area is without", async () => {
  const list = await readFile(join(ROOT, "docs/planted-bugs.md"), "utf8");
  const rows = list.split("\n").filter((line) => /^\| [a-z ]+ \| .*→/.test(line));
  for (const bug of BUGS) {
    expect(() => plant(bug, "")).toThrow("found it 0 times");
    const text = await readFile(join(ROOT, bug.file), "utf8");
    expect(plant(bug, text)).not.toBe(text);
    expect([bug.test, existsSync(join(ROOT, bug.test))]).toEqual([bug.test, true]);
  }
  expect(rows).toEqual(BUGS.map(rowOf));
  expect(new Set(BUGS.map(({ area }) => area))).toEqual(new Set(AREAS));
});
