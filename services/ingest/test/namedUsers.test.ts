import { MAX_EVENT_BYTES } from "@pulseboard/contract";
import { describe, expect, it } from "vitest";
import { namesAny } from "../src/decode/namedUsers.ts";

const USER = 7;

describe("whose bytes they are", () => {
  it.each([
    ['{"user_id":7}', true],
    ['{"a":[{"user_id" : 7.0}]}', true],
    ['{"user_id":"7"}', true],
    ['{"\\u0075ser_id":7}', true],
    ['{"\\u0075ser_id":"7"}', true],
    ['{"user_id":0.7e1}', true],
    ['{"user_id":17}', false],
    ['{"user_id":71}', false],
    ['{"post_id":7,"user_id":null}', false],
    ['not JSON "user_id": 7, and more', true],
    ['{"user_id":7', true],
    ['{"user_id":70', false],
    ['"{\\"user_id\\":7}"', true],
    ['{"user_id":0007', true],
    ["7", false],
    ["", false],
  ])("%s names user 7: %s", (payload, names) => {
    expect(namesAny(new Set([USER]), Buffer.from(payload))).toBe(names);
  });

  it("are read whatever their depth, and when there are none", () => {
    const deep = (depth: number) =>
      Buffer.from(`${"[".repeat(depth)}{"us\\u0065r_id":7}${"]".repeat(depth)}`);
    expect(namesAny(new Set([USER]), deep(2_000))).toBe(true);
    expect(namesAny(new Set([USER]), deep(20_000).subarray(0, 25_000))).toBe(false);
    expect(namesAny(new Set([USER]), null)).toBe(false);
  });

  it("are searched as text where they are larger than an event: they are not parsed", () => {
    const escaped = (size: number) => Buffer.from('{"us\\u0065r_id":7}'.padEnd(size));
    expect(namesAny(new Set([USER]), escaped(MAX_EVENT_BYTES))).toBe(true);
    expect(namesAny(new Set([USER]), escaped(MAX_EVENT_BYTES + 1))).toBe(false);
    const member = '"user_id" : 7}';
    // Wherever it stands, at the borders of what is searched at a time too.
    for (let at = (1 << 20) - member.length; at <= 1 << 20; at++) {
      const bytes = Buffer.alloc(3 << 20, " ");
      bytes.write(member, at);
      expect(namesAny(new Set([USER]), bytes)).toBe(true);
      expect(namesAny(new Set([70]), bytes)).toBe(false);
    }
  });
});
