import { expect, test } from "vitest";
import { crc32c } from "../src/codec/crc32c.ts";
import { Reader } from "../src/codec/reader.ts";
import { Writer } from "../src/codec/writer.ts";

test("crc32c agrees with the published vectors", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd794e);
  expect(crc32c(Buffer.alloc(0))).toBe(0);
});

test("crc32c of a stretch equals that of its copy, at every length and alignment", () => {
  const bytes = Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 37) & 0xff));
  for (let start = 0; start < 9; start++) {
    for (let end = start; end <= 64; end++) {
      expect(crc32c(bytes, start, end)).toBe(crc32c(Buffer.from(bytes.subarray(start, end))));
    }
  }
});

test("64-bit integers come back as they went", () => {
  const values = [
    0,
    1,
    -1,
    -2,
    0xffff_ffff,
    0x1_0000_0000,
    -0x1_0000_0001,
    Number.MAX_SAFE_INTEGER,
    1_700_000_000_000,
  ];
  const w = new Writer(1);
  for (const value of values) w.int64(value);
  const reader = new Reader(w.toBuffer());
  expect(values.map(() => reader.int64())).toEqual(values);
  expect(new Reader(new Writer().int64(-1).toBuffer()).nullableBytes()).toBeNull();
});
