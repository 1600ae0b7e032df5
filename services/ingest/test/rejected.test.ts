import { parseTimestamp } from "@pulseboard/contract";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derivedEventId } from "../src/decode/eventId.ts";
import { type Amended, amend, amendMended } from "../src/rejected/amend.ts";
import type { Kept } from "../src/rejected/kept.ts";
import { createMend, parseSetting } from "../src/rejected/mend.ts";
import { readOptions } from "../src/rejected/options.ts";
import { asciiJson, printable } from "../src/rejected/printable.ts";

const kept = (payload: string | Buffer, fields: Partial<Kept> = {}): Kept => ({
  topic: "engagements",
  partition: 3,
  log: 1,
  offset: 42,
  reason: "unknown_post",
  detail: "post 7 is not in the catalogue",
  rejectedAt: new Date("2026-11-22T01:00:00Z"),
  timestamp: Date.UTC(2026, 10, 22),
  payload: Buffer.from(payload),
  ...fields,
});

const published = (amended: Amended): string => {
  if ("skip" in amended) throw new Error(`skipped: ${amended.skip}`);
  return amended.value.toString();
};

describe("a replayed event", () => {
  it("keeps every byte and has its id and time added", () => {
    const id = derivedEventId("engagements", 3, 42, Date.UTC(2026, 10, 22));
    const added = `"event_id":"${id}","engaged_timestamp":"2026-11-22T00:00:00.000Z"`;
    expect(published(amend(kept("{}")))).toBe(`{${added}}`);
    expect(published(amend(kept(' { "n": 12345678901234567890 } \n')))).toBe(
      ` { "n": 12345678901234567890 ,${added}} \n`,
    );
  });

  it("says the same as before in every other field, whatever the object", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
        const before = JSON.parse(JSON.stringify(fields));
        const after = JSON.parse(published(amend(kept(JSON.stringify(fields)))));
        const { event_id, engaged_timestamp, ...rest } = after;
        const { event_id: id, engaged_timestamp: time, ...restBefore } = before;
        expect(rest).toEqual(restBefore);
        expect(event_id).toEqual(id ?? derivedEventId("engagements", 3, 42, Date.UTC(2026, 10, 22)));
        expect(engaged_timestamp).toEqual(time ?? "2026-11-22T00:00:00.000Z");
      }),
    );
  });

  it("takes its time from a UUIDv7 first, and not from any other id", () => {
    const timeIn = (id: string) =>
      parseTimestamp(JSON.parse(published(amend(kept(JSON.stringify({ event_id: id }))))).engaged_timestamp);
    expect(timeIn("0190a5b0-1111-7222-8333-444455556666")).toBe(0x0190a5b01111);
    expect(timeIn("0190a5b0-1111-4222-8333-444455556666")).toBe(Date.UTC(2026, 10, 22));
    expect(timeIn("no uuid, at 14 a 7")).toBe(Date.UTC(2026, 10, 22));
  });

  it("is left alone when a time of its own is nowhere to be had, and its payload when it is complete", () => {
    expect(amend(kept("{}", { timestamp: null }))).toHaveProperty("skip");
    expect(amend(kept('{"event_id":"ffffffff-ffff-7fff-bfff-ffffffffffff"}'))).toHaveProperty("skip");
    const complete = '{"event_id":"x","engaged_timestamp":1}';
    expect(published(amend(kept(complete, { reason: "invalid_field" })))).toBe(complete);
  });

  it("fits the topic's limit, if need be without the fields that nobody reads", () => {
    const large = { type: "like", post_id: 7, user_id: 9, note: "x".repeat(65_450) };
    expect(JSON.parse(published(amend(kept(JSON.stringify(large)))))).toEqual({
      event_id: expect.any(String),
      type: "like",
      post_id: 7,
      user_id: 9,
      engaged_timestamp: "2026-11-22T00:00:00.000Z",
    });
    expect(amend(kept(JSON.stringify({ ...large, type: "?" })))).toHaveProperty("skip");
  });
});

describe("a mended event", () => {
  const settings = (...texts: string[]) => createMend(texts.map(parseSetting), undefined);
  const sent = async (payload: string, ...texts: string[]) =>
    amendMended(kept(payload, { reason: "invalid_field" }), (await settings(...texts))!);

  it("has the fields that were set, the id of its place and a time", async () => {
    const value = await sent(
      '{"type":"like","post_id":"7","engaged_timestamp":"yesterday"}',
      "post_id=7",
      "engaged_timestamp=message_timestamp",
    );
    expect(JSON.parse(published(value))).toEqual({
      type: "like",
      post_id: 7,
      event_id: derivedEventId("engagements", 3, 42, Date.UTC(2026, 10, 22)),
      engaged_timestamp: "2026-11-22T00:00:00.000Z",
    });
    const own = "0190a5b0-1111-4222-8333-444455556666";
    const later = await sent(
      `{"event_id":"${own}","type":"like","post_id":7,"engaged_timestamp":1}`,
      "engaged_timestamp=rejected_at",
    );
    expect(JSON.parse(published(later))).toMatchObject({
      event_id: own,
      engaged_timestamp: "2026-11-22T01:00:00.000Z",
    });
    const without = await sent(
      '{"event_id":"x","type":"like","post_id":7,"user_id":"u"}',
      "event_id=null",
      "user_id=null",
    );
    expect(JSON.parse(published(without))).toMatchObject({
      event_id: derivedEventId("engagements", 3, 42, Date.UTC(2026, 10, 22)),
      user_id: null,
    });
  });

  it("that is still invalid is left alone, with the field that is wrong", async () => {
    expect(await sent('{"type":"like"}', "user_id=1")).toEqual({
      skip: "still invalid: post_id: expected an integer from 1 to 2147483647",
    });
    expect(await sent("[1]", "post_id=1")).toHaveProperty("skip");
    expect(await sent("nothing", "post_id=1")).toHaveProperty("skip");
  });

  it("is refused a setting that no event can have, or that would make one of many", () => {
    for (const [text, words] of [
      ["post_id", /^--set: expected FIELD=VALUE with one of event_id, type, post_id/],
      ["title=x", /^--set: expected FIELD=VALUE/],
      ["post_id=2147483648", /^--set post_id: /],
      ["post_id=seven", /^--set post_id: /],
      ["type=click", /^--set type: /],
      ["engaged_timestamp=2026-01-01 10:00", /^--set engaged_timestamp: an RFC 3339 time/],
      ["event_id=0190a5b0-1111-4222-8333-444455556666", /^--set event_id: expected null/],
    ] as const)
      expect(() => parseSetting(text), text).toThrow(words);
  });

  it("of a transform that is none, or fails, ends in one line that names it", async () => {
    await expect(createMend([], "/nonexistent/mend.mjs")).rejects.toThrow(
      /^--transform \/nonexistent\/mend\.mjs: /,
    );
  });
});

describe("options", () => {
  it("of no use are refused in words", () => {
    const refusals: [string[], RegExp][] = [
      [[], /^expected list, show or replay; see --help$/],
      [["drop"], /not "drop"/],
      [["list", "--reason", "odd"], /^--reason: expected one of too_large, not_json/],
      [["list", "--limit", "0"], /^--limit: expected an integer from 1 to 1000/],
      [["show", "--limit", "1001"], /^--limit/],
      [["list", "--partition", "-1"], /^Option .--partition. argument is ambiguous; see --help$/],
      [["list", "--post", "1e3"], /^--post: expected an integer from 1 to 2147483647/],
      [["list", "--since", "yesterday"], /^--since: expected an RFC 3339 time/],
      [["list", "--topic", "a/b"], /^--topic/],
      [["show", "engagements/0/1"], /expected TOPIC\/PARTITION\/LOG\/OFFSET/],
      [["show", "--json", "--raw"], /expected one of them/],
      [["list", "--dry-run"], /^Unknown option .--dry-run.; see --help$/],
      [["replay", "--again", "--not-replayed"], /expected one of them/],
    ];
    for (const [args, words] of refusals) expect(() => readOptions(args), args.join(" ")).toThrow(words);
  });

  it("of a replay leave out what was replayed, unless again", () => {
    expect(readOptions(["replay"]).filter.notReplayed).toBe(true);
    expect(readOptions(["replay", "--again"]).filter.notReplayed).toBe(false);
  });
});

it("what is printed is printable ASCII whatever the bytes, and the JSON still says the same", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.string({ unit: "binary" }), (bytes, text) => {
      expect(printable(bytes)).toMatch(/^[\x20-\x7e]*$/);
      expect(asciiJson(text)).toMatch(/^[\x20-\x7e]*$/);
      expect(JSON.parse(asciiJson(text))).toBe(text);
    }),
  );
});
