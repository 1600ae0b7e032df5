import { expect, test } from "vitest";
import { LiveSet } from "../src/live/liveSet.ts";
import { UNREAD_SOURCE } from "./unreadSource.ts";

const stats = { version: 1, asOf: "2026-01-01T00:00:00.000Z", windowMinute: 0, today: "2026-01-01" };

test("a set whose reading fails is left alone, longer each time in a row and five minutes at most, until it succeeds", () => {
  const set = new LiveSet("heatmap", {}, UNREAD_SOURCE);
  set.update({ stats, data: [], json: "[]" }, 0, 0);
  const rests = Array.from({ length: 8 }, () => {
    set.rest(1_000);
    return set.dueAt(2) - 1_000;
  });
  expect(rests).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  set.update({ stats, data: [], json: "[]" }, 400_000, 400_000);
  set.rest(400_000);
  expect(set.dueAt(2)).toBe(405_000);
});

test("an answer that comes late, of an older version or asked for earlier at the same one, is not taken", () => {
  const set = new LiveSet("totals", {}, UNREAD_SOURCE);
  const answer = (version: number, second: number) => ({
    stats: { ...stats, version, asOf: `2026-01-01T00:00:0${second}.000Z` },
    data: {},
    json: `{"second":${second}}`,
  });
  for (const [version, second, askedAt] of [
    [2, 5, 50],
    [2, 4, 40],
    [1, 9, 60],
  ] as const)
    set.update(answer(version, second), 0, askedAt);
  expect(set.json).toBe('{"second":5}');
  set.update(answer(2, 6), 0, 60);
  expect(set.json).toBe('{"second":6}');
  // The database's clock was set back while there was nothing to count: what holds since is told nevertheless.
  set.update(answer(2, 1), 0, 70);
  expect(set.json).toBe('{"second":1}');
});
