import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engagementEvent, isInvalid, parseTimestamp, uuidV7Time, validateEvent } from "../src/index.ts";
import { BORDERS } from "./eventBorders.ts";

const odd = fc.oneof(
  fc.constantFrom(
    null,
    undefined,
    1.5,
    0,
    -1,
    2 ** 31,
    2 ** 31 - 1,
    "1",
    true,
    [],
    {},
    "",
    "VIEW",
    "view",
    "1e3",
  ),
  fc.constantFrom(
    "2026-11-22T10:00:00Z",
    "2026-11-22T10:00:00",
    "1999-12-31T23:59:59Z",
    "2026-02-31T00:00:00Z",
  ),
  fc.uuid(),
  fc.uuid().map((uuid) => uuid.toUpperCase()),
  fc.string(),
  fc.integer(),
  fc.double(),
);
const event = fc.record(
  {
    event_id: fc.oneof({ weight: 3, arbitrary: fc.uuid() }, odd),
    type: fc.oneof({ weight: 3, arbitrary: fc.constantFrom("view", "like", "comment", "share") }, odd),
    post_id: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 2 ** 31 - 1 }) }, odd),
    user_id: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 2 ** 31 - 1 }) }, odd),
    engaged_timestamp: fc.oneof(
      { weight: 3, arbitrary: fc.date({ noInvalidDate: true }).map((d) => d.toISOString()) },
      odd,
    ),
    extra: odd,
  },
  { requiredKeys: [] },
);

describe("the event", () => {
  it("is judged alike by the schema that documents it and the code that ingest runs", () => {
    fc.assert(
      fc.property(fc.oneof(event, odd), (value) => {
        const byHand = validateEvent(value);
        const bySchema = engagementEvent.safeParse(value);
        expect(isInvalid(byHand)).toBe(!bySchema.success);
        if (isInvalid(byHand) && !bySchema.success && byHand.field !== "")
          expect(bySchema.error.issues.map((issue) => issue.path[0])).toContain(byHand.field);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each(BORDERS)("is taken up to its borders and no further: $fields", ({ fields, wrong }) => {
    const value: unknown = JSON.parse(`{${fields}}`);
    const byHand = validateEvent(value);
    expect(isInvalid(byHand) ? byHand.field : undefined).toBe(wrong);
    const bySchema = engagementEvent.safeParse(value);
    expect(bySchema.error?.issues[0]?.path[0]).toBe(wrong);
  });

  it("takes 1.0 as an integer and null as absent, and coerces nothing", () => {
    expect(validateEvent(JSON.parse('{"type":"like","post_id":1.0,"user_id":null}'))).toMatchObject({
      postId: 1,
    });
    expect(validateEvent({ type: "like", post_id: "1" })).toMatchObject({ field: "post_id" });
    expect(validateEvent({ type: "like", post_id: true })).toMatchObject({ field: "post_id" });
  });

  it("has its id in lower case, however it is written", () => {
    const id = "019AB111-2C00-7ABC-8ABC-0123456789AB";
    expect(validateEvent({ event_id: id, type: "like", post_id: 1 })).toMatchObject({
      eventId: id.toLowerCase(),
    });
  });
});

describe("a timestamp", () => {
  it("needs a zone and a real date, and is truncated to the millisecond", () => {
    expect(parseTimestamp("2026-11-22T10:00:00.123999+01:00")).toBe(Date.UTC(2026, 10, 22, 9, 0, 0, 123));
    expect(parseTimestamp("2024-02-29t00:00:00z")).toBe(Date.UTC(2024, 1, 29));
    for (const bad of [
      "2026-11-22",
      "2026-11-22T10:00:00",
      "2026-02-29T00:00:00Z",
      "2100-02-29T00:00:00Z",
      "2026-11-22T24:00:00Z",
      "now",
    ])
      expect(parseTimestamp(bad)).toBeNaN();
  });

  it("equals what the runtime's own parser gives for every date it can print", () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("9999-12-31") }), (date) => {
        expect(parseTimestamp(date.toISOString())).toBe(date.getTime());
      }),
    );
  });

  it("moves by its zone, as the runtime's own parser says", () => {
    const date = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("9990-12-31") });
    fc.assert(
      fc.property(
        date,
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        fc.boolean(),
        (at, h, m, plus) => {
          const zone = `${plus ? "+" : "-"}${String(h).padStart(2, "0")}:${String(m).padStart(2, "0")}`;
          const text = at.toISOString().replace("Z", zone);
          expect(parseTimestamp(text)).toBe(Date.parse(text));
        },
      ),
    );
  });

  it("is read from a UUIDv7 and from no other version", () => {
    expect(uuidV7Time("019ab111-2c00-7abc-8abc-0123456789ab")).toBe(0x019ab1112c00);
    expect(uuidV7Time("019ab111-2c00-4abc-8abc-0123456789ab")).toBeUndefined();
    expect(uuidV7Time("019ab111-2c00-7abc-0abc-0123456789ab")).toBeUndefined();
  });
});
