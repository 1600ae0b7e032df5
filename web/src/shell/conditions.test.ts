import { CONDITIONS } from "@pulseboard/contract";
import { describe, expect, it } from "vitest";
import { conditionWords } from "./conditions.ts";

const since = "2026-03-10T12:00:00.000Z";
const condition = (name: string, blocks = true) => ({
  condition: name,
  detail: "in the operator's words",
  since,
  blocks,
});

describe("conditions", () => {
  it("each have a sentence for readers", () => {
    for (const name of CONDITIONS)
      expect(conditionWords([condition(name)])).toEqual({
        strong: expect.stringMatching(/^[A-Z].+\.$/),
        rest: expect.not.stringContaining("operator's words"),
        mild: false,
      });
    expect(conditionWords([])).toBeNull();
  });

  it("are told together, and mildly when none blocks", () => {
    expect(conditionWords([condition("set_aside", false), condition("clock", false)])).toEqual({
      strong: "Some posts cannot be counted.",
      rest: "Their engagements are kept apart; all other numbers are exact. The clocks of the servers disagree.",
      mild: true,
    });
  });

  it("of a newer server are told in its words", () => {
    expect(conditionWords([condition("newer")])?.rest).toBe("in the operator's words");
  });
});
