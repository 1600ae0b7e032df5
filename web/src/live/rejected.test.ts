import { describe, expect, it } from "vitest";
import { type Account, manyRejected, remember } from "./rejected.ts";

/** One account a second from second `from` on, each step adding so many events and so many of them rejected. */
function pass(
  held: readonly Account[],
  steps: { seconds: number; events: number; rejected: number },
): readonly Account[] {
  let accounts = held;
  for (let second = 0; second < steps.seconds; second++) {
    const last = accounts.at(-1) ?? { at: 0, events: 1_000_000, rejected: 5_000 };
    accounts = remember(accounts, {
      at: last.at + 1_000,
      events: last.events + steps.events,
      rejected: last.rejected + steps.rejected,
    });
  }
  return accounts;
}

describe("rejections are told", () => {
  it("when they are over 1% of the last minute's events and at least ten, whatever was before", () => {
    const quiet = pass([], { seconds: 90, events: 100, rejected: 1 });
    expect(manyRejected(quiet)).toBeNull();
    expect(manyRejected(pass(quiet, { seconds: 1, events: 100, rejected: 2 }))).toEqual({
      rejected: 61,
      events: 6_000,
      span: 60_000,
    });
  });

  it("not for a few broken events of a few, nor for the history that the first totals bring", () => {
    expect(manyRejected([])).toBeNull();
    expect(manyRejected(pass([], { seconds: 1, events: 50, rejected: 50 }))).toBeNull();
    expect(manyRejected(pass([], { seconds: 10, events: 1, rejected: 1 }))).toBeNull();
    expect(manyRejected(pass([], { seconds: 11, events: 1, rejected: 1 }))).toEqual({
      rejected: 10,
      events: 10,
      span: 10_000,
    });
  });

  it("until a minute has passed without them, though nothing else comes", () => {
    let accounts = pass([], { seconds: 2, events: 100, rejected: 100 });
    for (let second = 0; second < 59; second++) {
      expect(manyRejected(accounts)).not.toBeNull();
      accounts = pass(accounts, { seconds: 1, events: 0, rejected: 0 });
    }
    expect(manyRejected(pass(accounts, { seconds: 2, events: 0, rejected: 0 }))).toBeNull();
  });

  it("not from before a gap, nor when the counts have gone back to those of another database", () => {
    const many = pass([], { seconds: 5, events: 100, rejected: 50 });
    const last = many.at(-1)!;
    expect(
      manyRejected(remember(many, { ...last, at: last.at + 16_000, rejected: last.rejected + 99 })),
    ).toBeNull();
    expect(
      manyRejected(remember(many, { ...last, at: last.at + 1_000, events: last.events - 1 })),
    ).toBeNull();
  });

  it("from no more than a minute of accounts, however often they come", () => {
    let accounts: readonly Account[] = [];
    for (let at = 0; at < 200_000; at += 100) accounts = remember(accounts, { at, events: at, rejected: 0 });
    expect(accounts.length).toBeLessThanOrEqual(601);
  });
});
