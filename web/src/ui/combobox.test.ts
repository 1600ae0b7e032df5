import { describe, expect, it } from "vitest";
import { matching, moved } from "./combobox.ts";

const options = ["Europe/Vienna", "Europe/Zürich", "America/New_York", "Asia/Tokyo"].map((label) => ({
  value: label,
  label,
}));
const found = (text: string, limit = 9) => matching(options, text, limit).map(({ label }) => label);

describe("what is typed into a filter", () => {
  it("is found without regard to case, accents and underscores, in any order of words", () => {
    expect(found("zurich")).toEqual(["Europe/Zürich"]);
    expect(found("york new")).toEqual(["America/New_York"]);
    expect(found("EUROPE")).toEqual(["Europe/Vienna", "Europe/Zürich"]);
    expect(found("nowhere")).toEqual([]);
  });

  it("puts what begins with it first, and no more than there is room for", () => {
    expect(found("a")).toEqual(["America/New_York", "Asia/Tokyo", "Europe/Vienna"]);
    expect(found("", 2)).toEqual(["Europe/Vienna", "Europe/Zürich"]);
  });

  it("is chosen by arrows that go round", () => {
    expect(moved(-1, "ArrowDown", 3)).toBe(0);
    expect(moved(2, "ArrowDown", 3)).toBe(0);
    expect(moved(0, "ArrowUp", 3)).toBe(2);
    expect(moved(-1, "ArrowUp", 3)).toBe(2);
    expect(moved(-1, "ArrowDown", 0)).toBe(-1);
    expect(moved(1, "x", 3)).toBeNull();
  });
});
