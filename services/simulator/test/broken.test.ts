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
import { ndjsonLine } from "../src/loadTest/generator/ndjsonLine.ts";
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

/** What POST /events makes of a line: a message of its own, of the fields that it knows. */
function passedOn(line: string): string {
  try {
    const { note: _, ...read } = JSON.parse(line);
    return JSON.stringify(read);
  } catch {
    return line;
  }
}

describe("broken messages over POST /events", () => {
  it.each(BROKEN_KINDS)("$name is a line that is rejected too", ({ value }) => {
    const engagement: Engagement = { type: "like", postId: 3, userId: 4, at: AT };
    const line = ndjsonLine(value(engagement, createRandom("x"), MAX_ID));
    expect(line).toMatch(/^[^\n]*\S[^\n]*$/);
    expect(judge(passedOn(line), AT)).toBeDefined();
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
