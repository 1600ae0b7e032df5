import { describe, expect, it } from "vitest";
import { busiestSpan, publishedHours, readSentence } from "./readHours.ts";

const empty = () => Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0));
const filled = (...cells: [day: number, hour: number, count: number][]) => {
  const hours = empty();
  for (const [day, hour, count] of cells) (hours[day] as number[])[hour] = count;
  return hours;
};

describe("when an author is read, and when the posts came out", () => {
  it("is one sentence", () => {
    const read = filled([6, 20, 50], [0, 19, 30], [2, 10, 20]);
    const out = filled([0, 10, 2], [1, 9, 1], [4, 20, 1]);
    expect(readSentence(read, out)).toEqual({
      when: "Sundays at 20:00",
      rest: "80% between 19:00 and 21:00; 3 of 4 posts came out between 09:00 and 11:00",
    });
    expect(readSentence(empty(), out)).toBeNull();
    expect(readSentence(read, empty())?.rest).toBe("80% between 19:00 and 21:00");
  });

  it("finds hours that lie around midnight", () => {
    expect(busiestSpan(filled([0, 23, 5], [1, 1, 5], [1, 12, 4]))).toEqual({
      from: 23,
      to: 26,
      held: 10,
      total: 14,
    });
  });

  it("counts posts by the hour of the reader's zone", () => {
    const at = (text: string) => Date.parse(text);
    const hourOf = (ms: number) => ({
      day: (new Date(ms).getUTCDay() + 6) % 7,
      hour: new Date(ms).getUTCHours(),
    });
    const hours = publishedHours([at("2026-11-16T10:08:00Z"), at("2026-11-16T10:50:00Z")], hourOf);
    expect(hours[0]?.[10]).toBe(2);
    expect(hours.flat().reduce((a, b) => a + b)).toBe(2);
  });
});
