import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage, safeDetail } from "../src/decode/decodeMessage.ts";
import { derivedEventId } from "../src/decode/eventId.ts";
import { type DecodedRecord, type Rejection, wireTimestamp } from "../src/decode/record.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const record = (value: string | Buffer | null, timestamp = NOW - 1_000): DecodedRecord =>
  decodeMessage(
    { key: null, value: value === null ? null : Buffer.from(value), timestamp, offset: 7 },
    { topic: "engagements", partition: 3, now: NOW },
  );
const decode = (value: string | Buffer | null, timestamp?: number): Rejection | undefined =>
  record(value, timestamp).rejection;
const accepted = (value: string, timestamp?: number): DecodedRecord => {
  const result = record(value, timestamp);
  expect(result.rejection).toBeUndefined();
  return result;
};

describe("I4: decoding", () => {
  it("never throws, and never lets raw input into a detail", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(Buffer.from), fc.string().map(Buffer.from)),
        (bytes) => {
          const rejection = decode(Buffer.from(bytes));
          if (rejection) expect(rejection.detail).toMatch(/^[\x20-\x7e]{1,200}$/);
        },
      ),
      { numRuns: 3_000 },
    );
    expect(safeDetail("\u0000é\n".repeat(200))).toMatch(/^[\x20-\x7e]{200}$/);
  });

  it("tests too_large before not_json before invalid_field before future_timestamp", () => {
    expect(decode(`[${" ".repeat(66_000)}`)).toMatchObject({ reason: "too_large" });
    expect(decode('{"type":"view","post_id":0')).toMatchObject({ reason: "not_json" });
    expect(decode('{"type":"view","post_id":0,"engaged_timestamp":"2999-01-01T00:00:00Z"}')).toMatchObject({
      reason: "invalid_field",
    });
    expect(decode('{"type":"view","post_id":1,"engaged_timestamp":"2999-01-01T00:00:00Z"}')).toMatchObject({
      reason: "future_timestamp",
    });
  });

  it("takes the time from engaged_timestamp, else a UUIDv7, else the message", () => {
    const v7 = "019ab111-2c00-7abc-8abc-0123456789ab";
    expect(
      accepted(`{"type":"view","post_id":1,"event_id":"${v7}","engaged_timestamp":"2026-01-01T00:00:00Z"}`)
        .engagedAt,
    ).toBe(Date.UTC(2026, 0, 1));
    expect(accepted(`{"type":"view","post_id":1,"event_id":"${v7}"}`).engagedAt).toBe(0x019ab1112c00);
    expect(accepted('{"type":"view","post_id":1}').engagedAt).toBe(NOW - 1_000);
  });

  it("takes five minutes ahead and not a millisecond more", () => {
    expect(accepted('{"type":"view","post_id":1}', NOW + 300_000).engagedAt).toBe(NOW + 300_000);
    expect(decode('{"type":"view","post_id":1}', NOW + 300_001)).toMatchObject({
      reason: "future_timestamp",
    });
  });

  it("rejects an event that no time can be found for", () => {
    expect(decode('{"type":"view","post_id":1}', -1)).toMatchObject({ reason: "invalid_field" });
    expect(
      accepted('{"type":"view","post_id":1,"engaged_timestamp":"2026-01-01T00:00:00Z"}', -1).engagedAt,
    ).toBe(Date.UTC(2026, 0, 1));
  });

  it("writes ids in lower case, so that one id is one event", () => {
    expect(
      accepted('{"type":"view","post_id":1,"event_id":"019AB111-2C00-7ABC-8ABC-0123456789AB"}').eventId,
    ).toBe("019ab111-2c00-7abc-8abc-0123456789ab");
  });
});

describe("a derived event id", () => {
  it("is a UUIDv8 that begins with the time, the same for the same place and different for any other", () => {
    const id = derivedEventId("t", 1, 2, 0x019ab1112c00);
    expect(id).toMatch(/^019ab111-2c00-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(derivedEventId("t", 1, 2, 0x019ab1112c00)).toBe(id);
    const others = [
      derivedEventId("u", 1, 2, 0x019ab1112c00),
      derivedEventId("t", 2, 2, 0x019ab1112c00),
      derivedEventId("t", 1, 3, 0x019ab1112c00),
    ];
    expect(new Set([id, ...others]).size).toBe(4);
  });
});

describe("a message timestamp", () => {
  it("is any int64 on the wire and a number that is safe to store here", () => {
    expect(wireTimestamp("1700000000000")).toBe(1_700_000_000_000);
    expect(wireTimestamp("-1")).toBe(-1);
    expect(wireTimestamp("-9223372036854775808")).toBe(-1);
    expect(wireTimestamp("9223372036854775807")).toBe(Number.MAX_SAFE_INTEGER);
  });
});
