import type { RecordReader } from "@pulseboard/runtime";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BORDERS } from "../../../packages/contract/test/eventBorders.ts";
import { recordBatch } from "../../../test/support/recordBatches.ts";
import { REJECTED } from "../src/decode/columns.ts";
import { decodeBatches, readPlainEvent } from "../src/decode/decodeBatches.ts";
import type { DecodedRecords } from "../src/decode/decodedRecords.ts";
import { derivedEventId } from "../src/decode/eventId.ts";
import { readEvent } from "../src/decode/readEvent.ts";
import { type Rejection, safeDetail } from "../src/decode/record.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const CONTEXT = { topic: "engagements", partition: 3, now: NOW };

const records = (value: string | Buffer | null, timestamp = NOW - 1_000): DecodedRecords =>
  decodeBatches([recordBatch([{ value, timestamp, offset: 7 }])], 0, CONTEXT);
const decode = (value: string | Buffer | null, timestamp?: number): Rejection | undefined => {
  const decoded = records(value, timestamp);
  return decoded.types[0] === REJECTED ? decoded.rejection(0) : undefined;
};
const accepted = (value: string, timestamp?: number): { engagedAt: number; eventId: string } => {
  const { types, times, ids } = records(value, timestamp);
  expect(types[0]).not.toBe(REJECTED);
  return { engagedAt: times[0]!, eventId: Buffer.from(ids).toString("hex") };
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

  it.each(BORDERS)("takes an event up to its borders and no further: $fields", ({ fields, wrong }) => {
    // Without blanks it is scanned, with them it is parsed.
    for (const value of [`{${fields}}`, `{\n${fields}\n}`]) {
      const rejection = decode(value);
      expect(rejection?.reason, value).toBe(wrong && "invalid_field");
      if (wrong) expect(rejection!.detail).toMatch(new RegExp(`^${wrong}\\b`));
    }
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
    // The common shape is read from its bytes, any other by way of JSON.
    for (const value of ['{"type":"view","post_id":1}', '{"type":"vi\\u0065w","post_id":1}']) {
      expect(accepted(value, NOW + 300_000).engagedAt).toBe(NOW + 300_000);
      expect(decode(value, NOW + 300_001)).toMatchObject({ reason: "future_timestamp" });
    }
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
    ).toBe("019ab1112c007abc8abc0123456789ab");
  });
});

describe("scanning an event's bytes", () => {
  const columns = () => ({
    types: new Uint8Array(1),
    ids: new Uint8Array(16),
    posts: new Int32Array(1),
    users: new Int32Array(1),
    times: new Float64Array(1),
  });

  /** What JSON.parse and validateEvent make of it; undefined when they reject it. */
  const slowly = (value: Buffer) => {
    const result = columns();
    const rejection = readEvent({ key: null, value, timestamp: NOW - 1, offset: 7 }, CONTEXT, result, 0);
    return rejection ? undefined : result;
  };
  /** As it lies among other records. */
  const scanned = (value: Buffer, before = "{", after = "}") => {
    const result = columns();
    const bytes = Buffer.concat([Buffer.from(before), value, Buffer.from(after)]);
    const place = { keyFrom: 0, keyLength: -1, valueFrom: before.length, valueLength: value.length };
    const record = { offset: 7, timestamp: NOW - 1, ...place } as RecordReader;
    return readPlainEvent(bytes, record, CONTEXT, result, 0) ? result : undefined;
  };

  const one = fc.constantFrom;
  const hexDigits = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-fA-F]{${length}}$`));
  const uuid = fc.oneof(
    fc.uuid(),
    fc.uuid().map((id) => id.toUpperCase()),
    fc
      .tuple(hexDigits(8), hexDigits(4), one("7abc", "4abc", "7ABC"), hexDigits(4), hexDigits(12))
      .map((p) => p.join("-")),
    hexDigits(4).map((end) => `019ab111-2c00-7abc-8abc-01234567${end}`),
  );
  const two = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, "0"));
  const time = fc
    .tuple(
      one("2026", "2024", "1999", "2000", "0000", "9999"),
      two(14),
      two(33),
      two(25),
      two(61),
      two(61),
      one("", ".1", ".123", ".1234", "."),
      one("Z", "z", "+00:00", "-05:30", ""),
    )
    .map(([y, mo, d, h, mi, s, f, z]) => `${y}-${mo}-${d}T${h}:${mi}:${s}${f}${z}`);
  const number = fc.oneof(
    fc.integer({ min: -2, max: 2 ** 31 + 2 }).map(String),
    one(
      "0",
      "01",
      "-1",
      "1.0",
      "1e3",
      "1E0",
      "2147483647",
      "2147483648",
      "99999999999999999999",
      "null",
      "true",
      '"1"',
      "[]",
      "{}",
      "1 2",
    ),
  );
  const text = (content: fc.Arbitrary<string>) =>
    fc.oneof(
      { weight: 9, arbitrary: content.map((inside) => `"${inside}"`) },
      one("null", "1", '""', '"\\u0061"', '"é"'),
    );
  const field = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(one("event_id"), text(uuid)) },
    {
      weight: 3,
      arbitrary: fc.tuple(
        one("type"),
        text(one("view", "like", "comment", "share", "views", "View", " view")),
      ),
    },
    { weight: 3, arbitrary: fc.tuple(one("post_id"), number) },
    { weight: 2, arbitrary: fc.tuple(one("user_id"), number) },
    { weight: 3, arbitrary: fc.tuple(one("engaged_timestamp"), text(time)) },
    fc.tuple(one("x", "event_id ", "\\u0074ype", "types", "", "__proto__"), fc.json()),
  );
  const common = fc
    .record({
      id: uuid,
      type: one("view", "like", "comment", "share"),
      post: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      user: fc.option(fc.integer({ min: 1, max: 9 })),
      at: fc.option(
        fc.date({ min: new Date("1999-12-30"), max: new Date(NOW + 600_000), noInvalidDate: true }),
      ),
    })
    .map(({ id, type, post, user, at }): [string, string][] => [
      ["event_id", `"${id}"`],
      ["type", `"${type}"`],
      ["post_id", String(post)],
      ["user_id", String(user)],
      ...(at ? [["engaged_timestamp", `"${at.toISOString()}"`] as [string, string]] : []),
    ])
    .chain((fields) => fc.shuffledSubarray(fields, { minLength: fields.length - 2 }));
  const space = fc.oneof(
    { weight: 40, arbitrary: one("") },
    { weight: 20, arbitrary: one(" ", "  ") },
    one("\n", "\t", ","),
  );
  const event = fc
    .tuple(
      fc.oneof(
        common,
        fc.array(field, { maxLength: 7 }),
        fc.tuple(common, field).map(([fields, more]) => [...fields, more]),
      ),
      fc.array(space, { minLength: 40, maxLength: 40 }),
    )
    .map(([fields, spaces]) => {
      let next = 0;
      const gap = () => spaces[next++ % spaces.length];
      return `${gap()}{${gap()}${fields.map(([key, value]) => `"${key}"${gap()}:${gap()}${value}${gap()}`).join(`,${gap()}`)}}${gap()}`;
    });

  it("gives what JSON.parse and validateEvent give, or leaves the event to them", () => {
    let taken = 0;
    fc.assert(
      fc.property(
        event,
        fc.option(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(2)), { freq: 2 }),
        fc.constantFrom("", "}", ",", '"', "1", " }"),
        (json, damage, after) => {
          let bytes = Buffer.from(json);
          if (damage && bytes.length > 0) {
            const at = damage[0] % bytes.length;
            // A byte changed, put in, or taken out.
            bytes = Buffer.concat([
              bytes.subarray(0, at),
              damage[2] === 2 ? Buffer.alloc(0) : Buffer.of(damage[1]),
              bytes.subarray(damage[2] === 1 ? at : at + 1),
            ]);
          }
          const fast = scanned(bytes, after, after);
          if (!fast) return;
          taken += 1;
          expect(fast).toEqual(slowly(bytes));
        },
      ),
      { numRuns: 20_000 },
    );
    expect(taken).toBeGreaterThan(400);
  });

  it("takes the shapes that producers write", () => {
    for (const json of [
      '{"event_id":"019ab111-2c00-7abc-8abc-0123456789ab","type":"view","post_id":1,"user_id":2,"engaged_timestamp":"2026-01-01T00:00:00.123Z"}',
      '{"post_id": 1, "type": "share", "user_id": null, "event_id": "019AB111-2C00-7ABC-8ABC-0123456789AB"}',
      '{"type":"view","post_id":1}',
      '{"type":"view","post_id":1,"engaged_timestamp":"2026-01-01T00:00:00.123Z"}',
      '{ "type": "like", "post_id": 2147483647, "event_id": "019ab111-2c00-4abc-8abc-0123456789ab", "engaged_timestamp": "2024-02-29T23:59:59Z" }',
    ]) {
      const fast = scanned(Buffer.from(json));
      expect(fast).toBeDefined();
      expect(fast).toEqual(slowly(Buffer.from(json)));
    }
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

describe("a batch that cannot be read", () => {
  const good = recordBatch(
    Array.from({ length: 5 }, (_, index) => ({
      value: '{"type":"view","post_id":1}',
      timestamp: NOW,
      offset: index,
    })),
  );
  const after = recordBatch([{ value: '{"type":"like","post_id":2}', timestamp: NOW, offset: 5 }]);

  it("is kept whole as one rejected record, and what follows counts", () => {
    const broken = { ...good, bytes: good.bytes.subarray(0, good.bytes.length - 3) };
    const decoded = decodeBatches([broken, after], 0, CONTEXT);
    expect([...decoded.types]).toEqual([REJECTED, 1]);
    expect(decoded.message(0)).toEqual({ key: null, value: broken.bytes, timestamp: NOW, offset: 0 });
    expect(decoded.rejection(0)).toEqual({
      reason: "not_json",
      detail: expect.stringMatching(/^a batch of 5 records that cannot be read: /),
    });
    expect(decoded.message(1).offset).toBe(5);
  });

  it("is kept where reading begins in the middle of it, too", () => {
    const broken = { ...good, unreadable: "a codec that nobody knows" };
    const decoded = decodeBatches([broken, after], 3, CONTEXT);
    expect(decoded.message(decoded.indexOf(3))).toMatchObject({ offset: 3, value: good.bytes });
  });

  it("whatever its bytes are, costs nothing but itself", () => {
    fc.assert(
      fc.property(
        fc.nat(good.bytes.length - 1),
        fc.uint8Array({ minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 100 }),
        (at, bytes, count) => {
          const damaged = Buffer.from(good.bytes);
          damaged.set(bytes.subarray(0, damaged.length - at), at);
          const decoded = decodeBatches([{ ...good, bytes: damaged, count }, after], 0, CONTEXT);
          expect(decoded.message(decoded.length - 1)).toMatchObject({ offset: 5 });
          expect(decoded.types[decoded.length - 1]).toBe(1);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
