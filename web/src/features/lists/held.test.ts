import { describe, expect, it } from "vitest";
import { fresh, updated } from "./held.ts";

const row = (id: number, count: number) => ({ id, count });
const keyOf = ({ id }: { id: number }) => id;

describe("rows that a reader is reading", () => {
  const shown = [row(1, 90), row(2, 80), row(3, 70), row(4, 60)];

  it("get new figures and keep their places", () => {
    const newest = [row(3, 99), row(1, 91), row(2, 82), row(4, 61), row(9, 5)];
    const page = updated(shown, newest, keyOf, 4);
    expect(page.rows).toEqual([row(1, 91), row(2, 82), row(3, 99), row(4, 61)]);
    expect(page.moved).toBe(1);
    expect([...page.gone]).toEqual([]);
  });

  it("say how many stand elsewhere, the fewest that explain the new order", () => {
    const order = (...ids: number[]) =>
      updated(
        shown,
        ids.map((id) => row(id, 0)),
        keyOf,
        4,
      ).moved;
    expect(order(1, 2, 3, 4)).toBe(0);
    expect(order(2, 1, 3, 4)).toBe(1);
    expect(order(4, 3, 2, 1)).toBe(3);
    expect(order(7, 1, 2, 3)).toBe(1);
    expect(order(7, 8, 1, 2)).toBe(2);
  });

  it("keep their last figures when the answer no longer has them, and are named", () => {
    const page = updated(shown, [row(1, 95), row(2, 85), row(3, 75)], keyOf, 4);
    expect(page.rows[3]).toEqual(row(4, 60));
    expect([...page.gone]).toEqual([4]);
    expect(page.moved).toBe(1);
    expect(fresh(shown).moved).toBe(0);
    expect(updated([], [row(1, 1)], keyOf, 4).moved).toBe(1);
  });
});
