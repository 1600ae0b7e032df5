import { gzipSync } from "node:zlib";
import { CompressionCodecs, CompressionTypes } from "kafkajs";
import * as lz4 from "lz4js";
import * as snappy from "snappyjs";
import { beforeAll, describe, expect, it } from "vitest";
import { MAX_INFLATED_BYTES, registerCodecs } from "../src/codecs/register.ts";

const { GZIP, LZ4, Snappy, ZSTD } = CompressionTypes;
type Type = typeof GZIP | typeof LZ4 | typeof Snappy | typeof ZSTD;

beforeAll(registerCodecs);

const inflate = (type: Type, compressed: Uint8Array): Promise<Buffer> =>
  CompressionCodecs[type]().decompress(Buffer.from(compressed));

const uint32 = (write: "writeUInt32BE" | "writeUInt32LE", value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes[write](value);
  return bytes;
};
const bigEndian = (value: number) => uint32("writeUInt32BE", value);
const littleEndian = (value: number) => uint32("writeUInt32LE", value);

/** As Java's snappy stream writes: blocks of 32 KiB, each after its length. */
function javaSnappy(bytes: Buffer): Buffer {
  const parts = [Buffer.from("\x82SNAPPY\0", "latin1"), bigEndian(1), bigEndian(1)];
  for (let at = 0; at < bytes.length; at += 32_768) {
    const block = snappy.compress(bytes.subarray(at, at + 32_768));
    parts.push(bigEndian(block.length), Buffer.from(block));
  }
  return Buffer.concat(parts);
}

/** A frame of runs of one byte; it does not say its size, as Java's stream does not. */
function zstdRuns(lengths: number[]): Buffer {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 88]);
  const blocks = lengths.map((length, i) => {
    const last = i === lengths.length - 1 ? 1 : 0;
    const block = Buffer.alloc(4, "x");
    block.writeUIntLE(length * 8 + 2 + last, 0, 3);
    return block;
  });
  return Buffer.concat([header, ...blocks]);
}

/** Stored blocks of 64 KiB frames, each with the checksum that a flag announces behind it. */
function lz4Stored(blocks: Buffer[]): Buffer {
  const parts = [littleEndian(0x184d2204), Buffer.from([0b0111_0000, 0x40, 0])];
  for (const block of blocks) parts.push(littleEndian(0x8000_0000 + block.length), block, Buffer.alloc(4));
  return Buffer.concat([...parts, littleEndian(0)]);
}

const text = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `line ${i} of ${i % 7}\n`).join(""));

describe("what other producers send is inflated", () => {
  it.each([
    ["gzip", GZIP, gzipSync(text)],
    ["a raw snappy block", Snappy, snappy.compress(text)],
    ["snappy as Java frames it", Snappy, javaSnappy(text)],
    ["an lz4 frame", LZ4, lz4.compress(text)],
    [
      "an lz4 frame with block checksums",
      LZ4,
      lz4Stored([text.subarray(0, 60_000), text.subarray(60_000, 9e4)]),
    ],
  ] as const)("%s", async (_name, type, compressed) => {
    const inflated = await inflate(type, compressed);
    expect(inflated.equals(text.subarray(0, inflated.length))).toBe(true);
    expect(inflated.length).toBeGreaterThanOrEqual(90_000);
  });

  it("zstd frames one after the other, with a skippable one between", async () => {
    const skippable = Buffer.concat([littleEndian(0x184d2a53), littleEndian(5), Buffer.alloc(5)]);
    const inflated = await inflate(ZSTD, Buffer.concat([zstdRuns([3, 4]), skippable, zstdRuns([100_000])]));
    expect(inflated.equals(Buffer.alloc(100_007, "x"))).toBe(true);
  });
});

describe("what inflates beyond the bound is refused before it takes the memory", () => {
  const tooMuch = MAX_INFLATED_BYTES + 1;
  const zstdClaiming = Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0]),
    littleEndian(tooMuch),
    Buffer.from([(1 << 3) + 3, 0, 0, 0]),
  ]);
  const lz4Blocks = Array.from({ length: 100 }, () => [littleEndian(20_000), Buffer.alloc(20_000)]).flat();
  it.each([
    ["gzip", GZIP, gzipSync(Buffer.alloc(tooMuch))],
    ["snappy", Snappy, Buffer.from([0x81, 0x80, 0x80, 0x32, 0])],
    [
      "lz4",
      LZ4,
      Buffer.concat([littleEndian(0x184d2204), Buffer.from([0x40, 0x70, 0]), ...lz4Blocks, littleEndian(0)]),
    ],
    ["zstd", ZSTD, zstdRuns(new Array(801).fill(131_072))],
    ["zstd that claims a size", ZSTD, zstdClaiming],
  ] as const)("%s", async (_name, type, compressed) => {
    const before = process.memoryUsage().arrayBuffers;
    await expect(inflate(type, compressed)).rejects.toThrow(/batch of \d+ bytes: .*(beyond|too big|larger)/);
    if (type !== GZIP)
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MAX_INFLATED_BYTES / 2);
  });
});

describe("garbage and what is cut off is an error", () => {
  it.each([
    ["gzip", GZIP, gzipSync(text)],
    ["snappy", Snappy, snappy.compress(text)],
    ["framed snappy", Snappy, javaSnappy(text)],
    ["lz4", LZ4, lz4.compress(text)],
    ["zstd", ZSTD, zstdRuns([3, 4])],
  ] as const)("%s", async (_name, type, compressed) => {
    for (const broken of [Buffer.alloc(0), Buffer.alloc(40, 0xff), compressed.subarray(0, -3)]) {
      if (broken.length === 0 && type === ZSTD) continue;
      await expect(inflate(type, broken)).rejects.toThrow(/batch of \d+ bytes/);
    }
  });
});

it("only gzip can be produced; asking for another codec says so", async () => {
  for (const type of [Snappy, LZ4, ZSTD] as const)
    await expect(CompressionCodecs[type]().compress({ buffer: text })).rejects.toThrow(/read only/);
  const compressed = await CompressionCodecs[GZIP]().compress({ buffer: text });
  expect((await inflate(GZIP, compressed)).equals(text)).toBe(true);
});
