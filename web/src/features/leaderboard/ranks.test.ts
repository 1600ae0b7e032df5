import { describe, expect, it } from "vitest";
import { moveInWords, moveOf } from "./ranks.ts";

describe("ranks", () => {
  it("tell how they moved since the minute began", () => {
    const move = (rank: number, previous_rank: number | null) => moveInWords(moveOf({ rank, previous_rank }));
    expect([move(1, 3), move(4, 2), move(5, 5), move(6, null)]).toEqual([
      "up 2",
      "down 2",
      "no change",
      "new",
    ]);
  });
});
