import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import wabt from "wabt";
import { SlotSet } from "../src/readModels/postList/slotSet.ts";
import { TitleText } from "../src/readModels/postList/titleText/index.ts";

const FOLDER = "services/api/src/readModels/postList/titleText";
const SLOTS = 400;

async function found(text: TitleText, needle: string, slots = SLOTS): Promise<number[]> {
  const set = new SlotSet(slots);
  await text.search(needle, set);
  const ascending: number[] = [];
  set.each((slot) => ascending.push(slot));
  expect(set.size).toBe(ascending.length);
  return ascending;
}
const slotsWith = (titles: readonly (string | null)[], needle: string) =>
  [...titles.keys()].filter((slot) => titles[slot]?.includes(needle));

test("scan.wasm is made of scan.wat", async () => {
  const { parseWat } = await wabt();
  const module = parseWat("scan.wat", readFileSync(`${FOLDER}/scan.wat`, "utf8"), { simd: true });
  expect(Buffer.from(module.toBinary({}).buffer)).toEqual(readFileSync(`${FOLDER}/scan.wasm`));
});

const word = fc.stringMatching(/^[abcé夏😀 ]{0,40}$/u);
const change = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), at: fc.nat(), title: fc.option(word) }),
  fc.record({ kind: fc.constant("insert" as const), at: fc.nat(), title: fc.option(word) }),
);

test("any part of any title is found, whatever was set, changed and put between before", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 300 }),
      fc.array(fc.stringMatching(/^[abcé夏😀 ]{1,6}$/u), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 400 }),
      async (changes, needles, whole) => {
        const text = new TitleText();
        const titles: (string | null)[] = [];
        for (const { kind, at, title } of changes) {
          const slot = at % (titles.length + 1);
          if (kind === "insert" && slot < titles.length) {
            text.insertSlot(slot);
            titles.splice(slot, 0, null);
          }
          text.put(slot, title);
          titles[slot] = title;
        }
        const long = [...titles.join("")].slice(0, whole).join("");
        for (const needle of [...needles, ...(long === "" ? [] : [long, ...titles.filter(Boolean)])])
          expect(await found(text, needle!)).toEqual(slotsWith(titles, needle!));
      },
    ),
    { numRuns: 40 },
  );
});

test("replaced titles make room before the text is given up", async () => {
  const text = new TitleText(100_000);
  const title = (round: number) => `${round} `.padEnd(60, "title ");
  for (let round = 0; round < 20; round++)
    for (let slot = 0; slot < 1_000; slot += 4) {
      if (round === 0) for (let other = slot; other < slot + 4; other++) text.put(other, title(0));
      else text.put(slot, title(round));
    }
  expect(text.isComplete).toBe(true);
  expect((await found(text, "19 title", 1_000)).length).toBe(250);
  for (let slot = 1_000; slot < 2_000; slot++) text.put(slot, title(0));
  expect(text.isComplete).toBe(false);
});

test("titles that are replaced again and again cost no memory without bound, and searches go on meanwhile", async () => {
  const text = new TitleText(4 * 1024 * 1024);
  const titles = Array.from({ length: 8_000 }, (_, slot) => `${slot} `.padEnd(60, "title "));
  titles.forEach((title, slot) => {
    text.put(slot, title);
  });
  let isChanging = true;
  const changing = (async () => {
    for (let round = 0; round < 30; round++)
      for (let slot = round % 2; slot < titles.length; slot += 2) {
        titles[slot] = `${slot} round ${round} `.padEnd(60 + (slot % 30), "other ");
        text.put(slot, titles[slot]!);
        if (slot % 1_000 < 2) await new Promise(setImmediate);
      }
    isChanging = false;
  })();
  while (isChanging) {
    // The number before the first blank stays.
    expect(await found(text, "999 ", titles.length)).toEqual(slotsWith(titles, "999 "));
    await new Promise(setImmediate);
  }
  await changing;
  expect(text.isComplete).toBe(true);
  for (const needle of ["round 29", "round 28", "round 27", "e", "other oth"])
    expect(await found(text, needle, titles.length)).toEqual(slotsWith(titles, needle));
});

test("more text than the bound is not kept at all", () => {
  const text = new TitleText(10_000);
  for (let slot = 0; slot < 100; slot++) text.put(slot, "x".repeat(50));
  expect(text.isComplete).toBe(true);
  for (let slot = 100; slot < 400; slot++) text.put(slot, "x".repeat(50));
  expect(text.isComplete).toBe(false);
  text.insertSlot(3);
  text.put(3, "title");
});
