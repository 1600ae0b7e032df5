import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseSql } from "../src/readModels/sqlFile.ts";

const FOLDER = new URL("../../../sql/", import.meta.url);

test("psql's named parameters become bound ones, its commands and comments go", () => {
  const source = `-- Question: 'why' :'never'
\\if :{?limit} \\else \\set limit 10 \\endif
select :'name'::text as "a::'b'", x::text
  -- and :'another'
from t where id = :'id'::integer and name <> :'name'::text;
`;
  expect(parseSql(source)).toEqual({
    text: `select $1::text as "a::'b'", x::text\nfrom t where id = $2::integer and name <> $1::text`,
    parameters: ["name", "id"],
  });
});

describe.each(readdirSync(FOLDER).filter((name) => name.endsWith(".sql")))("sql/%s", (name) => {
  const source = readFileSync(new URL(name, FOLDER), "utf8");

  test("says its question, grain and assumptions on top", () => {
    expect(source).toMatch(/^-- Question: .+\n(--.+\n)*-- Grain: .+\n(--.+\n)*-- Assumptions: /);
  });

  test("has a default for every parameter, so that psql -f runs it as it stands", () => {
    for (const parameter of parseSql(source).parameters)
      expect(source).toMatch(
        new RegExp(`^\\\\if :{\\?${parameter}} \\\\else \\\\set ${parameter} .* \\\\endif$`, "m"),
      );
  });

  test("reads no raw engagements", () => {
    expect(parseSql(source).text).not.toMatch(
      /\b(from|join)\s+(engagements|engagement_deltas|post_minutes)\b/,
    );
  });
});
