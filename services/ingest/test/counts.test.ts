import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTestDatabase } from "../../../test/support/database.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { bigintArrayOf, integerArrayOf, readIntegers } from "../src/counts/arrays.ts";
import { CountTable, TYPES } from "../src/counts/countTable.ts";
import { openConnection } from "../src/fold/connection.ts";
import { DeltaReader } from "../src/fold/deltas.ts";

const largest = 2 ** 53 - 1;

describe("arrays of numbers", () => {
  it("are what PostgreSQL takes and gives, to the ends of their ranges", async () => {
    const client = await openConnection((await createTestDatabase()).url);
    onTeardown(() => client.end());
    const integers = Int32Array.of(0, 1, -1, 2 ** 31 - 1, -(2 ** 31));
    const bigints = Float64Array.of(0, 1, -1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, -(2 ** 32), largest, -largest);
    const { rows } = await client.query<{ integers: string; bigints: string; none: string }>(
      "select $1::integer[]::text as integers, $2::bigint[]::text as bigints, $3::integer[]::text as none",
      [integerArrayOf(integers), bigintArrayOf(bigints), integerArrayOf(new Int32Array(0))],
    );
    expect(rows[0]).toEqual({ integers: `{${integers}}`, bigints: `{${bigints}}`, none: "{}" });
    const read = new Float64Array(bigints.length + 1);
    expect(readIntegers(rows[0]!.bigints, read, 1)).toBe(bigints.length);
    expect([...read]).toEqual([0, ...bigints]);
    expect(readIntegers("{}", read)).toBe(0);
  });

  it("are refused where a number is missing, or beyond what is exact", () => {
    for (const text of ["{NULL}", "{1,NULL}", "{1,}", "{1.5}", "{-}", "{9007199254740992}", "{1,2}3}"])
      expect(() => readIntegers(text, new Float64Array(4)), text).toThrow(RangeError);
    for (const value of [2 ** 53, -(2 ** 53), 2 ** 63, 0.5, Number.NaN])
      expect(() => bigintArrayOf(Float64Array.of(value)), String(value)).toThrow(RangeError);
  });

  it("of one set of columns have one length", () => {
    const reader = new DeltaReader();
    const columns = { postIds: "{1,2}", minutes: "{5,6}", views: "{1,1}", likes: "{0,0}", comments: "{0,0}" };
    reader.read({ ...columns, shares: "{3,4}" });
    expect(() => reader.read({ ...columns, shares: "{3}" })).toThrow(RangeError);
  });
});

describe("a table of counts", () => {
  it("adds up what is added under the same two integers, however many there are", () => {
    const key = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
    const addition = fc.tuple(key, key, fc.integer({ min: 0, max: TYPES - 1 }), fc.maxSafeNat());
    fc.assert(
      fc.property(fc.array(addition, { maxLength: 1_500, size: "max" }), (additions) => {
        const table = new CountTable();
        table.add(7, 7, 0, 1);
        table.clear();
        const plain = new Map<string, number[]>();
        for (const [first, second, type, count] of additions) {
          const small = count % 2 ** 40;
          table.add(first, second, type, small);
          const counts = plain.get(`${first} ${second}`) ?? new Array(TYPES).fill(0);
          counts[type] += small;
          plain.set(`${first} ${second}`, counts);
        }
        const rows = Array.from({ length: table.size }, (_, row): [string, number[]] => [
          `${table.keys[2 * row]} ${table.keys[2 * row + 1]}`,
          [...table.counts.subarray(TYPES * row, TYPES * (row + 1))],
        ]);
        expect(new Map(rows)).toEqual(plain);
        expect(rows.length).toBe(plain.size);
      }),
      { numRuns: 15 },
    );
  });
});
