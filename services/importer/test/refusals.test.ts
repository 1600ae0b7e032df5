import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { authorBody, MAX_NAME_LENGTH, MAX_TITLE_LENGTH, postBody } from "@pulseboard/contract";
import pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { runToEnd } from "../../../test/support/command.ts";
import { createTestDatabase } from "../../../test/support/database.ts";
import { createTestFolder } from "../../../test/support/folder.ts";

const IMPORT = "services/importer/src/main.ts";
let url: string;
let folder: string;

beforeAll(async () => {
  url = (await createTestDatabase()).url;
  folder = await createTestFolder();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`
    insert into authors values (1, 'Ann', null, 'Tech');
    insert into posts values (1, 1, 'Tech', '2026-01-01', 'kept', 5, true);
    update storage_rules set events_from = '2024-01-01';`);
  await client.end();
});

interface Refusal {
  file: string;
  line: number;
  field: string;
  expected: string;
}

/** What a file is refused for, by line and field. */
async function refusalsOf(option: string, name: string, content: string | Buffer, ...flags: string[]) {
  const path = join(folder, name);
  const errors = join(folder, `${name}.errors`);
  await writeFile(path, content);
  const outcome = await runToEnd(IMPORT, [option, path, "--errors", errors, ...flags], { DATABASE_URL: url });
  const lines = (await readFile(errors, "utf8")).trim().split("\n").filter(Boolean);
  const refusals = lines.map((line) => JSON.parse(line) as Refusal).sort((a, b) => a.line - b.line);
  return { outcome, refusals, places: refusals.map(({ line, field }) => [line, field]) };
}

const AT = "2026-03-01T10:00:00Z";

describe("every broken row is named by its line and field, and no other is refused", () => {
  test("engagements as CSV, with line ends in quotes before them", async () => {
    const content = Buffer.concat([
      Buffer.from(
        [
          "event_id,post_id,type,user_id,engaged_timestamp,note",
          `,1,view,,${AT},"three\nlines\r\nlong"`, // 2 to 4
          `,1,click,,${AT},`,
          `,,view,,${AT},`,
          `,0,view,,${AT},`,
          `,1.5,view,,${AT},`,
          `,2147483648,view,,${AT},`,
          `,1,view,-4,${AT},`,
          `,1,view,,,`,
          `,1,view,,2026-02-30T10:00:00Z,`,
          `,1,view,,2026-03-01T10:00:00,`,
          `,1,view,,1999-12-31T23:59:59Z,`,
          `,1,view,,2023-12-31T23:59:59Z,`,
          `,1,view,,${new Date(Date.now() + 3_600_000).toISOString()},`,
          `not-a-uuid,1,view,,${AT},`,
          `,77,view,,${AT},`,
          `,1,view,,${AT}`,
          `,1,view,,${AT},,`,
          `,1,view,,${AT},a"b"`,
          `,1,view,,${AT},"a"b`,
          `,1,view,,${AT},"end`,
          'ing"', // 24
          "",
          `,1,view,,${AT},`, // 26
          "",
        ].join("\n"),
      ),
      Buffer.from([0xff, 0xfe, 0x0a]),
    ]);
    const { outcome, places } = await refusalsOf("--engagements", "e.csv", content, "--dry-run");
    expect(outcome.status).toBe(1);
    expect(places).toEqual([
      [5, "type"],
      [6, "post_id"],
      [7, "post_id"],
      [8, "post_id"],
      [9, "post_id"],
      [10, "user_id"],
      ...[11, 12, 13, 14, 15, 16].map((line) => [line, "engaged_timestamp"]),
      [17, "event_id"],
      [18, "post_id"],
      [19, ""],
      [20, ""],
      [21, ""],
      [22, ""],
      [27, ""],
    ]);
    expect(outcome.stdout).toBe("engagements  22 rows  3 would be published, 19 refused\n");
    expect(outcome.stderr).toContain(
      "e.csv:12: engaged_timestamp: expected an RFC 3339 time with zone, 2000 or later\n",
    );
    expect(outcome.stderr).toMatch(/19 rows were refused; this was a dry run\n$/);
  });

  test("engagements as NDJSON", async () => {
    const good = { post_id: 1, type: "like", engaged_timestamp: AT };
    const lines = [
      JSON.stringify(good),
      "{",
      "[]",
      "null",
      '{"a":1}{"b":2}',
      JSON.stringify({ ...good, post_id: "1" }),
      JSON.stringify({ ...good, engaged_timestamp: null }),
      JSON.stringify({ ...good, user_id: true }),
      JSON.stringify({ ...good, user_id: null, event_id: "0190A5B0-1111-7222-8333-444455556666" }),
    ];
    const { places } = await refusalsOf("--engagements", "e.ndjson", lines.join("\n"), "--dry-run");
    expect(places).toEqual([
      [2, ""],
      [3, ""],
      [4, ""],
      [5, ""],
      [6, "post_id"],
      [7, "engaged_timestamp"],
      [8, "user_id"],
    ]);
  });

  test("posts: the others are imported, and a column that is absent stays as it was", async () => {
    const lines = [
      "post_id,author_id,category,publish_timestamp,has_media",
      "2,1,Food,2026-01-01T00:00:00Z,f",
      "3,9,Food,2026-01-01T00:00:00Z,",
      "4,1,,2026-01-01T00:00:00Z,",
      `5,1,${"x".repeat(201)},2026-01-01T00:00:00Z,`,
      "6,1,Food,yesterday,",
      "7,1,Food,0044-03-15T00:00:00Z,",
      "8,1,Food,2026-01-01T00:00:00Z,maybe",
      "9,1,Fo\0od,2026-01-01T00:00:00Z,",
      "x,1,Food,2026-01-01T00:00:00Z,",
      "1,1,Food,2026-01-02T00:00:00+05:30,",
    ];
    const { outcome, places } = await refusalsOf("--posts", "p.csv", lines.join("\r\n"));
    expect(places).toEqual([
      [3, "author_id"],
      [4, "category"],
      [5, "category"],
      [6, "publish_timestamp"],
      [7, "publish_timestamp"],
      [8, "has_media"],
      [9, "category"],
      [10, "post_id"],
    ]);
    expect(outcome.status).toBe(1);
    expect(outcome.stdout).toBe("posts  10 rows  1 new, 1 changed, 0 already there, 8 refused\n");
    expect(outcome.stderr).toMatch(/8 rows were refused; all others were imported\n$/);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query(
      "select post_id, category, title, content_length, has_media from posts order by 1",
    );
    await client.end();
    expect(rows).toEqual([
      { post_id: 1, category: "Food", title: "kept", content_length: 5, has_media: null },
      { post_id: 2, category: "Food", title: null, content_length: null, has_media: false },
    ]);
  });

  test("authors, users and post metadata as NDJSON", async () => {
    const ndjson = (...rows: object[]) => rows.map((row) => JSON.stringify(row)).join("\n");
    const authors = ndjson(
      { author_id: 5, name: "Ok", author_category: "Tech", joined_date: "2024-02-29" },
      { author_id: 6, name: "", author_category: "Tech" },
      { author_id: 7, name: "half \ud83d", author_category: "Tech" },
      { author_id: 8, name: "Day", author_category: "Tech", joined_date: "2023-02-29" },
    );
    const of = async (option: string, name: string, content: string) =>
      (await refusalsOf(option, name, content, "--dry-run")).places;
    expect(await of("--authors", "a.ndjson", authors)).toEqual([
      [2, "name"],
      [3, "name"],
      [4, "joined_date"],
    ]);
    const users = ndjson({ user_id: 1 }, { user_id: 2, country: 4 }, { user_id: "3" }, {});
    expect(await of("--users", "u.ndjson", users)).toEqual([
      [2, "country"],
      [3, "user_id"],
      [4, "user_id"],
    ]);
    const metadata = ndjson(
      { post_id: 1, tags: ["a"] },
      { post_id: 1, tags: "a" },
      { post_id: 55 },
      { post_id: 1, tags: [""] },
    );
    expect(await of("--post-metadata", "m.ndjson", metadata)).toEqual([
      [2, "tags"],
      [3, "post_id"],
      [4, "tags"],
    ]);
  });
});

test("an external id is set once and is one row's; urls are http or https; null leaves an external id as it is", async () => {
  const post = (post_id: number, more: object) =>
    JSON.stringify({ post_id, author_id: 1, category: "Tech", publish_timestamp: AT, ...more });
  const first = [
    post(200, { external_id: "a", url: "https://example.org/200", withdrawn_at: "2026-03-02T00:00:00Z" }),
    post(201, { external_id: "b", url: "ftp://example.org/201" }),
    post(202, { external_id: "a" }),
    post(203, { external_id: "c" }),
    post(203, { external_id: "d" }),
    post(203, { external_id: null, title: "kept" }),
    post(204, { external_id: "x".repeat(201) }),
  ];
  expect((await refusalsOf("--posts", "external.ndjson", first.join("\n"))).refusals).toMatchObject([
    { line: 2, field: "url", expected: "an http or https URL of at most 2000 characters" },
    { line: 3, field: "external_id", expected: 'one of its own: post_id 200 has "a"' },
    { line: 5, field: "external_id", expected: '"c": it is set once' },
    { line: 7, field: "external_id" },
  ]);
  const second = [
    post(200, { external_id: "z" }),
    post(205, { external_id: "c" }),
    post(203, { url: "http://a.b" }),
  ];
  const { outcome, refusals } = await refusalsOf("--posts", "again.ndjson", second.join("\n"));
  expect(refusals).toMatchObject([
    { line: 1, field: "external_id", expected: '"a": it is set once' },
    { line: 2, field: "external_id", expected: 'one of its own: post_id 203 has "c"' },
  ]);
  expect(outcome.stdout).toBe("posts  3 rows  0 new, 1 changed, 0 already there, 2 refused\n");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(
    "select post_id, title, external_id, url, withdrawn_at from posts where post_id between 200 and 299 order by 1",
  );
  await client.end();
  expect(rows).toEqual([
    {
      ...{ post_id: 200, title: null, external_id: "a", url: "https://example.org/200" },
      withdrawn_at: new Date("2026-03-02T00:00:00Z"),
    },
    { post_id: 203, title: "kept", external_id: "c", url: "http://a.b", withdrawn_at: null },
  ]);
});

test("what was imported can be put: names, categories and titles are bounded as a PUT bounds them", async () => {
  const author = (name: string, author_category: string) => ({ name, author_category });
  const post = (title: string, category: string) => ({
    author_id: 1,
    category,
    publish_timestamp: AT,
    title,
  });
  const authors = [
    author("x".repeat(MAX_NAME_LENGTH), "Tech"),
    author("\u{1f600}".repeat(MAX_NAME_LENGTH), "Tech"),
    author("x".repeat(MAX_NAME_LENGTH + 1), "Tech"),
    author("Ann", "x".repeat(MAX_NAME_LENGTH + 1)),
  ];
  const posts = [
    post("x".repeat(MAX_TITLE_LENGTH), "x".repeat(MAX_NAME_LENGTH)),
    post("x".repeat(MAX_TITLE_LENGTH + 1), "Tech"),
    post("Title", "x".repeat(MAX_NAME_LENGTH + 1)),
  ];
  const ndjson = (key: string, rows: object[]) =>
    rows.map((row, index) => JSON.stringify({ [key]: 100 + index, ...row })).join("\n");
  const imported = {
    authors: await refusalsOf("--authors", "names.ndjson", ndjson("author_id", authors), "--dry-run"),
    posts: await refusalsOf("--posts", "titles.ndjson", ndjson("post_id", posts), "--dry-run"),
  };
  const notPut = (body: typeof authorBody | typeof postBody, rows: object[]) =>
    rows.flatMap((row, index) => {
      const { error } = body.safeParse(row);
      return error ? [[index + 1, error.issues[0]!.path[0]]] : [];
    });
  expect(imported.authors.places).toEqual(notPut(authorBody, authors));
  expect(imported.posts.places).toEqual(notPut(postBody, posts));
  expect(imported.authors.refusals.map(({ expected }) => expected)).toEqual([
    "text of 1 to 200 characters",
    "text of 1 to 200 characters",
  ]);
  expect(imported.posts.refusals[0]!.expected).toBe("text of 1 to 1000 characters");
});

test("of rows with one key the last counts, over what the earlier ones gave", async () => {
  const rows = [
    { user_id: 70, country: "AT", user_segment: "free" },
    { user_id: 70, country: null },
    { user_id: 70, signup_date: "2025-01-01" },
  ];
  const { outcome } = await refusalsOf(
    "--users",
    "twice.ndjson",
    rows.map((row) => JSON.stringify(row)).join("\n"),
  );
  expect(outcome.status).toBe(0);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const found = await client.query(
    "select signup_date::text, country, user_segment from users where user_id = 70",
  );
  await client.end();
  expect(found.rows).toEqual([{ signup_date: "2025-01-01", country: null, user_segment: "free" }]);
});

test("only the first refused rows are shown, and where the others are", async () => {
  const path = join(folder, "many.csv");
  await writeFile(path, `user_id\n${"x\n".repeat(50)}`);
  const { status, stderr } = await runToEnd(IMPORT, ["--users", path], { DATABASE_URL: url });
  expect(status).toBe(1);
  expect(stderr.split("\n").slice(19)).toEqual([
    "many.csv:21: user_id: expected an integer from 1 to 2147483647",
    "and 30 more; --errors FILE writes them all",
    "50 rows were refused; all others were imported",
    "",
  ]);
});

test("a file to import is not written over, by another name of its either", async () => {
  const path = join(folder, "kept.csv");
  const link = join(folder, "link.ndjson");
  await writeFile(path, "user_id\nx\n");
  await symlink(path, link);
  const { status, stderr } = await runToEnd(IMPORT, ["--users", path, "--errors", link], {
    DATABASE_URL: url,
  });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: "--errors: expected another file than those to import; see --help\n",
  });
  expect(await readFile(path, "utf8")).toBe("user_id\nx\n");
});

test.each([
  [[], "expected at least one of --authors"],
  [["--users"], "Option '--users <value>' argument missing"],
  [["--users", "/nonexistent"], "--users: there is no file /nonexistent"],
  [["--users", "/tmp"], "--users: expected a file, /tmp is none"],
  [["--users", "package.json", "--errors", "./package.json"], "--errors: expected another file"],
  [["--users", "package.json", "--wait", "soon"], "--wait: expected seconds"],
  [["--nonsense"], "Unknown option '--nonsense'"],
  [["file.csv"], "Unexpected argument 'file.csv'"],
])("%j is one clear line", async (args, line) => {
  const { status, stdout, stderr } = await runToEnd(IMPORT, args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain(line);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});
