import { describe, expect, it } from "vitest";
import { sqlTokens } from "./sqlTokens.ts";

const marked = (sql: string) =>
  sqlTokens(sql)
    .filter(({ kind }) => kind !== "plain")
    .map(({ kind, text }) => `${kind} ${text}`);

describe("the colours of SQL", () => {
  it("tell comments, texts, parameters, keywords and numbers apart", () => {
    expect(marked("select a::int, 'it''s -- no comment' from t -- why\nlimit :limit")).toEqual([
      "keyword select",
      "text 'it''s -- no comment'",
      "keyword from",
      "comment -- why",
      "keyword limit",
      "parameter :limit",
    ]);
    expect(marked("\\if :{?limit} \\else\nselect $1, :'tz', \"from\", 1.5")).toEqual([
      "comment \\if :{?limit} \\else",
      "keyword select",
      "parameter $1",
      "parameter :'tz'",
      "number 1.5",
    ]);
    expect(marked("/* a /* b */ c */ select $x$ 'q' $x$")).toEqual([
      "comment /* a /* b */ c */",
      "keyword select",
      "text $x$ 'q' $x$",
    ]);
  });

  it("lose and add no character, of our own files and of broken SQL", () => {
    const files = import.meta.glob<string>("../../../../sql/*.sql", {
      query: "?raw",
      import: "default",
      eager: true,
    });
    const texts = Object.values(files);
    expect(texts.length).toBeGreaterThan(5);
    for (const sql of [...texts, "select 'open", "/* open", "$x$ open", '"open', "\0\u{1f600}"]) {
      expect(
        sqlTokens(sql)
          .map(({ text }) => text)
          .join(""),
      ).toBe(sql);
    }
  });
});
