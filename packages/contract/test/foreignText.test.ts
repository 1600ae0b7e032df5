import { expect, test } from "vitest";
import { cellText, isolated, terminalText, withoutDirections } from "../src/index.ts";

const OVERRIDE = "\u202e";
const CONTROLS = [..."\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"];

test("no control character that turns the direction is left; letters and marks of any script are", () => {
  expect(withoutDirections(`a${CONTROLS.join("b")}c`)).toBe("abbbbbbbbc");
  const texts = ["שלום 1", "مرحبا", "a\u200eb\u200fc", "👩‍💻", "日本語", ""];
  for (const text of texts) expect(withoutDirections(text)).toBe(text);
});

test("what runs from right to left is isolated within a sentence, and cannot end its isolate", () => {
  expect(isolated("Tech")).toBe("Tech");
  expect(isolated(`${OVERRIDE}hceT`)).toBe("hceT");
  for (const name of ["שלום", "a مرحبا", "\u{1e900}"]) {
    expect(isolated(name)).toBe(`\u2068${name}\u2069`);
    expect(isolated(`\u2069${OVERRIDE}${name}`)).toBe(`\u2068${name}\u2069`);
  }
});

test("in a terminal no text moves the cursor, starts a line or turns the direction", () => {
  expect(terminalText(`\u001b[2J${OVERRIDE}a\r\nb\u2028c\u009b1m`)).toBe("?[2J?a??b?c?1m");
  expect(terminalText("שלום 日本語 é")).toBe("שלום 日本語 é");
});

test("a cell of CSV is no formula, behind blanks and turned directions neither", () => {
  for (const text of ["=1+1", " +1", "-2", "@x", "＝1", "\t1", "\0=1"])
    expect(cellText(text)).toBe(`'${text}`);
  expect(cellText(`${OVERRIDE}=1+1`)).toBe("'=1+1");
  expect(cellText("1 = 1")).toBe("1 = 1");
});
