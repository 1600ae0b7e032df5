import { describe, expect, it } from "vitest";
import { partsOf } from "./found.ts";

const marked = (text: string, searched: string) =>
  partsOf(text, searched)
    .map(({ text, found }) => (found ? `[${text}]` : text))
    .join("");

describe("what a search found in a text", () => {
  it("is marked without regard to case and accents", () => {
    expect(marked("Crème brûlée, a CREME story", "creme")).toBe("[Crème] brûlée, a [CREME] story");
    expect(marked("Ångström", "angstrom")).toBe("[Ångström]");
    expect(marked("plain", "Plá")).toBe("[pla]in");
  });

  it("keeps combining marks, ligatures and surrogate pairs whole", () => {
    expect(marked("cafe\u0301 bar", "cafe")).toBe("[cafe\u0301] bar");
    expect(marked("the ﬁnale", "fin")).toBe("the [ﬁn]ale");
    expect(marked("🚆 night trains 🚆", "train")).toBe("🚆 night [train]s 🚆");
  });

  it("is nothing without a search, and the text is never changed", () => {
    expect(marked("Posts", "  ")).toBe("Posts");
    expect(marked("", "a")).toBe("");
    for (const searched of ["a", "aa", "é", "x"]) {
      const text = "aaa é ÀÀ a\u0301a";
      expect(
        partsOf(text, searched)
          .map((part) => part.text)
          .join(""),
      ).toBe(text);
    }
  });
});
