import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTestFolder } from "../../../test/support/folder.ts";
import { type Framed, MAX_RECORD_BYTES, RecordFramer } from "../src/read/framer.ts";
import type { Refused } from "../src/read/row.ts";
import { readRows } from "../src/read/rows.ts";
import { POST_METADATA, POSTS, USERS } from "../src/tables/catalogue.ts";
import type { Table } from "../src/tables/table.ts";

/** The records of bytes that come in the given pieces. */
function framed(pieces: Buffer[], quoted: boolean): (Framed | Refused)[] {
  const framer = new RecordFramer(quoted);
  return [...pieces.flatMap((piece) => framer.push(piece)), ...framer.push(Buffer.alloc(0), true)];
}

const texts = (records: (Framed | Refused)[]) =>
  records.map((record) =>
    "bytes" in record ? [record.line, record.bytes.toString()] : [record.line, record.expected],
  );

async function rowsOf(table: Table, name: string, content: string | Buffer) {
  const path = join(await createTestFolder(), name);
  await writeFile(path, content);
  const rows = [];
  for await (const batch of readRows(path, table)) rows.push(...batch.rows);
  return rows;
}

describe("records", () => {
  test("are the same however the bytes are cut into chunks", () => {
    const piece = fc.constantFrom("a", ",", '"', "\n", "\r\n", "é", "\ufeff", "1,2\n", '"x\ny"\n');
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.array(fc.nat(6)),
        fc.boolean(),
        (parts, cuts, quoted) => {
          const bytes = Buffer.from(parts.join(""));
          const pieces: Buffer[] = [];
          let at = 0;
          for (const cut of cuts) {
            pieces.push(bytes.subarray(at, at + cut));
            at += cut;
          }
          pieces.push(bytes.subarray(at));
          expect(texts(framed(pieces, quoted))).toEqual(texts(framed([bytes], quoted)));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("begin on the line on which they begin, line ends within quotes and blank lines counted", () => {
    const csv = '\ufeffa,b\r\n1,"x\r\ny\n"\n\n\n2,"p""\n""q"\n3,z';
    expect(texts(framed([Buffer.from(csv)], true))).toEqual([
      [1, "a,b"],
      [2, '1,"x\r\ny\n"'],
      [7, '2,"p""\n""q"'],
      [9, "3,z"],
    ]);
  });

  test("over 1 MiB are refused, and those behind them read", () => {
    const long = "x".repeat(MAX_RECORD_BYTES + 1);
    const bytes = Buffer.from(`a\n${long}\nb\n${long}`);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 100_000) }, (_, index) =>
      bytes.subarray(index * 100_000, (index + 1) * 100_000),
    );
    const expected = [
      [1, "a"],
      [2, "a record of at most 1 MiB"],
      [3, "b"],
      [4, "a record of at most 1 MiB"],
    ];
    expect(texts(framed(pieces, false))).toEqual(expected);
    expect(texts(framed([bytes], false))).toEqual(expected);
  });

  test("behind a quote that stays open are not guessed at", () => {
    const filler = "x\n".repeat(MAX_RECORD_BYTES / 2 + 1);
    const expected = [
      [1, "a"],
      [2, "the quote that opens here to be closed within 1 MiB; what follows is not read"],
    ];
    expect(texts(framed([Buffer.from(`a\n"b\n${filler}`), Buffer.from("c\n")], true))).toEqual(expected);
    expect(texts(framed([Buffer.from('a\n"b\nc\n')], true))).toEqual(expected);
  });
});

describe("rows", () => {
  test("of CSV are read by the names of the header, in any order and with others between", async () => {
    const rows = await rowsOf(USERS, "u.csv", "country, x ,user_id\nAT,9,7\n,,8\n");
    expect(rows).toEqual([
      { line: 2, values: { user_id: 7, country: "AT" } },
      { line: 3, values: { user_id: 8, country: null } },
    ]);
  });

  test("of NDJSON are told by their name, else by their first byte", async () => {
    const line = '\ufeff{"user_id":7}\n';
    const expected = [{ line: 1, values: { user_id: 7 } }];
    expect(await rowsOf(USERS, "u.jsonl", line)).toEqual(expected);
    expect(await rowsOf(USERS, "u.txt", line)).toEqual(expected);
    expect(await rowsOf(USERS, "u.txt", "user_id\n7\n")).toEqual([{ line: 2, values: { user_id: 7 } }]);
    expect(await rowsOf(USERS, "u.ndjson", "")).toEqual([]);
  });

  test.each([
    ["", "the file is empty"],
    ["\n\n", "the file is empty"],
    ["post_id,author_id,publish_timestamp\n", "it has no category"],
    ["post_id;author_id;category;publish_timestamp\n", "it has no post_id"],
    ["post_id,author_id,category,publish_timestamp,title,title\n", "it has title twice"],
  ])("of CSV need the header of their table: %j", async (content, why) => {
    await expect(rowsOf(POSTS, "p.csv", content)).rejects.toThrow(
      `p.csv: expected a header row post_id,author_id,category,publish_timestamp,[title],[content_length],[has_media],[external_id],[url],[withdrawn_at]: ${why}`,
    );
  });

  test("of another encoding are refused", async () => {
    const rows = await rowsOf(
      USERS,
      "u.csv",
      Buffer.from("user_id,country\n1,\xd6sterreich\n2,AT\n", "latin1"),
    );
    expect(rows).toEqual([
      { line: 2, field: "", expected: "UTF-8" },
      { line: 3, values: { user_id: 2, country: "AT" } },
    ]);
    await expect(rowsOf(USERS, "u.csv", Buffer.from("user_id\n1\n", "utf16le"))).rejects.toThrow(
      "header row",
    );
  });

  test.each([
    ["{}", []],
    ['{a,"b c",NULL}', ["a", "b c", "NULL"]],
    ['{"x,\\"y\\\\z"}', ['x,"y\\z']],
    ['["a","b"]', ["a", "b"]],
    ["[a]", "[a]"],
    ["{a,}", "{a,}"],
    ["{{a}}", "{{a}}"],
    ["a,b", "a,b"],
  ])("tags as %s", async (cell, tags) => {
    const csv = `post_id,tags\n1,"${cell.replaceAll('"', '""')}"\n`;
    expect(await rowsOf(POST_METADATA, "m.csv", csv)).toEqual([{ line: 2, values: { post_id: 1, tags } }]);
  });
});
