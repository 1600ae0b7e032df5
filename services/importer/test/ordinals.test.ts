import { expect, test } from "vitest";
import { derivedEventId } from "../src/engagements/eventId.ts";
import type { TimedEvent } from "../src/engagements/judge.ts";
import { FIRST_PASS, Ordinals, type Pass } from "../src/engagements/ordinals.ts";

const EVENT: TimedEvent = {
  eventId: undefined,
  type: "view",
  postId: 1,
  userId: undefined,
  engagedAt: Date.parse("2026-03-01T10:00:00.123Z"),
};

test("equal rows have ids of their own, which are the same whatever stands between the rows", () => {
  const other = { ...EVENT, userId: 1 };
  const ids = (events: TimedEvent[]) => {
    const ordinals = new Ordinals();
    return events.map((event, line) => derivedEventId(event, line, ordinals));
  };
  const [first, second] = ids([EVENT, EVENT]);
  expect(first).not.toBe(second);
  expect(ids([other, EVENT, other, EVENT]).filter((_, index) => index % 2 === 1)).toEqual([first, second]);
});

test("a derived id is a UUIDv8 of the event's time", () => {
  const id = derivedEventId(EVENT, 1, new Ordinals())!;
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(EVENT.engagedAt);
});

test("a full table takes more passes, each row has its exact ordinal in one of them, and memory does not grow", () => {
  const ROWS = 20_000;
  // Every row stands three times in the file, far apart.
  const row = (line: number) => line % (ROWS / 3);
  const fingerprint = (id: number) => Math.imul(id + 1, 0x9e3779b1) >>> 0;
  const seen = new Map<number, number>();
  const expected = Array.from({ length: ROWS }, (_, line) => {
    const ordinal = seen.get(row(line)) ?? 0;
    seen.set(row(line), ordinal + 1);
    return ordinal;
  });
  const got: (number | undefined)[] = new Array(ROWS);
  const passes: Pass[] = [FIRST_PASS];
  let count = 0;
  for (let pass = passes.pop(); pass; pass = passes.pop()) {
    const ordinals = new Ordinals(pass, 1_024);
    for (let line = 0; line < ROWS; line++) {
      const ordinal = ordinals.next(fingerprint(row(line)), row(line), line);
      if (ordinal === undefined) continue;
      expect(got[line]).toBeUndefined();
      got[line] = ordinal;
    }
    passes.push(...ordinals.later);
    count++;
  }
  expect(got).toEqual(expected);
  expect(count).toBeGreaterThan(8);
});
