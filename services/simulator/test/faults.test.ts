import {
  isInvalid,
  MAX_EVENT_BYTES,
  MAX_FUTURE_MS,
  MAX_ID,
  type RejectReason,
  validateEvent,
} from "@pulseboard/contract";
import { describe, expect, it } from "vitest";
import { BROKEN_KINDS } from "../src/broken.ts";
import type { Engagement, OutgoingMessage } from "../src/event.ts";
import { createMessages } from "../src/faults.ts";
import { requests } from "../src/publish.ts";
import { createRandom } from "../src/random.ts";

/** The contract's tests in their order, with every post but MAX_ID known; undefined for a good message. */
function judge(value: OutgoingMessage["value"], now: number): RejectReason | undefined {
  const bytes = Buffer.from(value ?? "");
  if (bytes.length > MAX_EVENT_BYTES) return "too_large";
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return "not_json";
  }
  const event = validateEvent(parsed);
  if (isInvalid(event)) return "invalid_field";
  if ((event.engagedAt ?? now) > now + MAX_FUTURE_MS) return "future_timestamp";
  return event.postId === MAX_ID ? "unknown_post" : undefined;
}

const AT = Date.UTC(2026, 10, 22);

describe("broken messages", () => {
  it.each(BROKEN_KINDS)("$name is rejected as $reason", ({ value, reason }) => {
    const engagement: Engagement = { type: "like", postId: 3, userId: 4, at: AT };
    expect(judge(value(engagement, createRandom("x"), MAX_ID), AT)).toBe(reason);
    expect(judge(value({ ...engagement, userId: undefined }, createRandom("x"), MAX_ID), AT)).toBe(reason);
  });
});

describe("messages", () => {
  const make = (duplicates: number, broken: number, count = 20_000) => {
    let ordinal = 0;
    const messages = createMessages(
      (at) => ({ type: "view", postId: 1 + (ordinal++ % 50), userId: ordinal, at }),
      { seed: 1, duplicates, broken },
    );
    const made = Array.from({ length: count }, (_, index) => messages.next(AT + index));
    return { made, counts: messages.counts };
  };

  it("are all good and all different by default", () => {
    const { made } = make(0, 0);
    expect(made.filter(({ value }) => judge(value, AT) !== undefined)).toHaveLength(0);
    expect(new Set(made.map(({ value }) => value)).size).toBe(20_000);
  });

  it("repeat earlier ones byte for byte, near and far, as often as asked", () => {
    const { made, counts } = make(5, 0);
    const first = new Map<unknown, number>();
    const distances: number[] = [];
    for (const [index, { value }] of made.entries()) {
      const before = first.get(value);
      if (before === undefined) first.set(value, index);
      else distances.push(index - before);
    }
    expect(distances.length).toBe(counts.repeated);
    expect(counts.repeated / 200).toBeCloseTo(5, 0);
    expect(distances.filter((distance) => distance < 12).length).toBeGreaterThan(300);
    expect(distances.filter((distance) => distance > 1_000).length).toBeGreaterThan(300);
  });

  it("are broken as often as asked, in every way", () => {
    const { made, counts } = make(0, 10);
    const reasons = made.map(({ value }) => judge(value, AT + 20_000)).filter(Boolean);
    expect(reasons.length).toBe(counts.broken);
    expect(counts.broken / 200).toBeCloseTo(10, -0.3);
    expect(new Set(reasons)).toEqual(new Set(BROKEN_KINDS.map(({ reason }) => reason)));
  });

  it("hold the same good engagements with and without faults", () => {
    const users = (made: OutgoingMessage[]) => [
      ...new Set(
        made
          .filter(({ value }) => judge(value, AT + 20_000) === undefined)
          .map(({ value }) => JSON.parse(String(value)).user_id as number),
      ),
    ];
    const faulty = users(make(20, 20).made);
    expect(faulty).toEqual(users(make(0, 0).made).slice(0, faulty.length));
  });
});

describe("requests", () => {
  it("are cut by bytes, in order, losing nothing; one too large for any goes alone", () => {
    const messages = [10, 500, 2_000, 10, 10].map((length, index) => ({
      key: String(index),
      value: "x".repeat(length),
    }));
    const cut = [...requests(messages, 700)];
    expect(cut.flat()).toEqual(messages);
    expect(cut.map((request) => request.length)).toEqual([2, 1, 2]);
  });
});
