import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline as pipe } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { type CommandOutcome, runToEnd } from "../support/command.ts";
import { createTestDatabase } from "../support/database.ts";
import { createTestFolder } from "../support/folder.ts";
import { Pipeline } from "../support/pipeline.ts";
import { spawnService } from "../support/process.ts";
import { until } from "../support/until.ts";

const IMPORT = "services/importer/src/main.ts";
const TYPES = ["view", "view", "view", "like", "comment", "share"];
const DAY_MS = 86_400_000;

async function openWithIngest() {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  await pipeline.createTopic();
  await pipeline.startIngest();
  const env = { DATABASE_URL: pipeline.databaseUrl, KAFKA_BROKERS: broker.address };
  const folder = await createTestFolder();
  const run = (...args: string[]): Promise<CommandOutcome> => runToEnd(IMPORT, args, env);
  const put = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  return { broker, pipeline, env, folder, run, put };
}

const lines = (rows: readonly (readonly unknown[])[]) => `${rows.map((row) => row.join(",")).join("\n")}\n`;

/** Engagements of posts 1 to `posts`; every tenth row is the same as the one before. */
function* engagementRows(count: number, posts: number): Generator<unknown[]> {
  const start = Date.now() - 40 * DAY_MS;
  for (let index = 0; index < count; index++) {
    const i = index % 10 === 9 ? index - 1 : index;
    const at = new Date(start + Math.floor((i * 40 * DAY_MS) / count)).toISOString();
    yield [1 + ((i * i) % posts), TYPES[i % TYPES.length], i % 3 === 0 ? "" : 1 + (i % 50), at];
  }
}

/** What takes over two seconds, on a busy machine, says how far it is. */
const PROGRESS_ONLY = expect.stringMatching(/^(\d+% {2}.*\n)*$/);

const HEADER = ["post_id", "type", "user_id", "engaged_timestamp"];

function countByPost(rows: Iterable<unknown[]>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [post, type] of rows) counts.set(`${post} ${type}`, (counts.get(`${post} ${type}`) ?? 0) + 1);
  return counts;
}

async function countedByPost(pipeline: Pipeline): Promise<Map<string, number>> {
  const rows = await pipeline.query(`
    select post_id || ' ' || type as key, count::integer
    from engagement_stats, lateral (values ('view', view_count), ('like', like_count), ('comment', comment_count), ('share', share_count)) t (type, count)
    where count > 0`);
  return new Map(rows.map((row) => [row.key, row.count]));
}

const accounting = async (pipeline: Pipeline) => {
  const [row] = await pipeline.query(
    "select sum(stored)::integer as stored, sum(rejected)::integer as rejected, sum(duplicates)::integer as duplicates from ingest_offsets",
  );
  return row;
};

it("I1: a catalogue and its history are imported exactly, and a second import changes nothing", async () => {
  const { pipeline, run, put } = await openWithIngest();
  const authors = await put(
    "authors.csv",
    '\ufeffname,author_id,joined_date,author_category,note\r\n"Ann, ""the\r\npen""",501,2024-02-29,Tech,x\r\nÖzgür,502,,Food,\r\n',
  );
  const posts = await put(
    "posts.ndjson",
    [
      {
        post_id: 901,
        author_id: 501,
        category: "Tech",
        publish_timestamp: "2026-01-01T00:00:00.123456+02:00",
        title: "A",
      },
      {
        post_id: 902,
        author_id: 7,
        category: "Food",
        publish_timestamp: "2026-02-01T00:00:00Z",
        has_media: true,
        content_length: 12,
      },
    ]
      .map((row) => `${JSON.stringify(row)}\n`)
      .join("\n"),
  );
  const users = await put(
    "users.csv",
    "user_id,signup_date,country,user_segment\n1,2025-01-01,AT,free\n2,,,\n",
  );
  const metadata = await put(
    "metadata.csv",
    'post_id,tags,is_promoted,language\n901,"{a,""b c""}",t,en\n902,"[""x""]",,\n1,,,de\n',
  );
  const rows = [...engagementRows(5_000, Pipeline.POSTS), [901, "like", 1, "2026-03-01 10:00:00+00"]];
  const engagements = await put("engagements.csv", lines([HEADER, ...rows]));
  const args = ["--authors", authors, "--posts", posts, "--users", users, "--post-metadata", metadata];

  const first = await run(...args, "--engagements", engagements);
  expect(first, first.stderr).toMatchObject({ status: 0, stderr: PROGRESS_ONLY });
  expect(first.stdout).toContain("5,001 published, 0 refused");
  await pipeline.settled();
  expect(await countedByPost(pipeline)).toEqual(countByPost(rows));
  expect(await accounting(pipeline)).toEqual({ stored: 5_001, rejected: 0, duplicates: 0 });
  expect(
    await pipeline.query(
      "select author_id, name, joined_date::text, author_category from authors where author_id > 500 order by 1",
    ),
  ).toEqual([
    { author_id: 501, name: 'Ann, "the\r\npen"', joined_date: "2024-02-29", author_category: "Tech" },
    { author_id: 502, name: "Özgür", joined_date: null, author_category: "Food" },
  ]);
  expect(
    await pipeline.query(
      "select post_id, (publish_timestamp at time zone 'UTC')::text as published, title, content_length, has_media from posts where post_id > 900 order by 1",
    ),
  ).toEqual([
    {
      post_id: 901,
      published: "2025-12-31 22:00:00.123456",
      title: "A",
      content_length: null,
      has_media: null,
    },
    { post_id: 902, published: "2026-02-01 00:00:00", title: null, content_length: 12, has_media: true },
  ]);
  expect(await pipeline.query("select * from post_metadata order by post_id")).toEqual([
    { post_id: 1, tags: [], is_promoted: false, language: "de" },
    { post_id: 901, tags: ["a", "b c"], is_promoted: true, language: "en" },
    { post_id: 902, tags: ["x"], is_promoted: false, language: null },
  ]);
  expect(await pipeline.query("select count(*)::integer from users")).toEqual([{ count: 2 }]);
  await pipeline.expectAudit();

  const [before] = await pipeline.query("select max(queue_number)::integer as last from catalogue_changes");
  const second = await run(...args, "--engagements", engagements);
  expect(second, second.stderr).toMatchObject({ status: 0, stderr: PROGRESS_ONLY });
  expect(second.stdout).toMatch(/posts +2 rows {2}0 new, 0 changed, 2 already there, 0 refused/);
  await pipeline.settled();
  expect(await pipeline.query("select max(queue_number)::integer as last from catalogue_changes")).toEqual([
    before,
  ]);
  expect(await countedByPost(pipeline)).toEqual(countByPost(rows));
  expect(await accounting(pipeline)).toEqual({ stored: 5_001, rejected: 0, duplicates: 5_001 });
  await pipeline.expectAudit();
});

it("I1: an import that is killed and done again counts every row once", async () => {
  const { pipeline, env, run, put } = await openWithIngest();
  const rows = [...engagementRows(60_000, Pipeline.POSTS)];
  const file = await put("engagements.csv", lines([HEADER, ...rows]));
  const published = async () => [...(await pipeline.logEnds()).values()].reduce((sum, end) => sum + end, 0);
  const killed = await spawnService(IMPORT, env, { readyWhen: "spawned", args: ["--engagements", file] });
  // A moment at a time: on a busy machine it would publish all the rest while we look.
  const aMomentLater = async () => {
    killed.signal("SIGCONT");
    await sleep(20);
    killed.signal("SIGSTOP");
    return published();
  };
  await until(aMomentLater, {
    what: "a part to be published",
    is: (count) => count > 0,
    everyMs: 0,
  });
  await killed.kill9();
  expect(await published()).toBeLessThan(rows.length);

  const again = await run("--engagements", file);
  expect(again, again.stderr).toMatchObject({ status: 0 });
  await pipeline.settled();
  expect(await countedByPost(pipeline)).toEqual(countByPost(rows));
  await pipeline.expectAudit();
});

it("I5: a broker that is away meanwhile is waited for, one that stays away ends the import with how to go on", async () => {
  const { broker, pipeline, env, run, put } = await openWithIngest();
  const rows = [...engagementRows(2_000, Pipeline.POSTS)];
  const file = await put("engagements.csv", lines([HEADER, ...rows]));
  await broker.kill9();
  const patient = runToEnd(IMPORT, ["--engagements", file], env);
  const hasty = await run("--engagements", file, "--wait", "0");
  expect(hasty.status).toBe(1);
  expect(hasty.stderr).toMatch(
    /^Kafka: .*; 0 engagements are acknowledged\. Run the same command again: .*\n$/m,
  );
  await broker.restart();
  expect(await patient).toMatchObject({ status: 0 });
  await pipeline.settled();
  expect(await countedByPost(pipeline)).toEqual(countByPost(rows));
  await pipeline.expectAudit();
});

it("a dry run and a strict import with a broken row write nothing", async () => {
  const { pipeline, run, put } = await openWithIngest();
  const authors = await put("authors.csv", "author_id,name,author_category\n501,Ann,Tech\n");
  const posts = await put(
    "posts.csv",
    "post_id,author_id,category,publish_timestamp\n901,501,Tech,2026-01-01T00:00:00Z\n",
  );
  const good = await put("good.csv", lines([HEADER, [901, "like", "", "2026-03-01T10:00:00Z"]]));
  const broken = await put(
    "broken.csv",
    lines([HEADER, [901, "like", "", "2026-03-01T10:00:00Z"], [902, "like", "", "2026-03-01T10:00:00Z"]]),
  );
  const dry = await run("--dry-run", "--authors", authors, "--posts", posts, "--engagements", good);
  expect(dry, dry.stderr).toMatchObject({ status: 0 });
  expect(dry.stdout).toContain("1 would be published, 0 refused");
  const strict = await run("--strict", "--authors", authors, "--posts", posts, "--engagements", broken);
  expect(strict).toMatchObject({ status: 1, stdout: "" });
  expect(strict.stderr).toContain("broken.csv:3: post_id: expected one of the posts");
  expect(strict.stderr).toContain("1 row was refused; nothing was imported");
  expect(await pipeline.query("select from authors where author_id > 500")).toEqual([]);
  expect(await pipeline.query("select from posts where post_id > 900")).toEqual([]);
  expect([...(await pipeline.logEnds()).values()].every((end) => end === 0)).toBe(true);

  const lax = await run("--authors", authors, "--posts", posts, "--engagements", broken);
  expect(lax).toMatchObject({ status: 1 });
  expect(lax.stdout).toContain("1 published, 1 refused");
  await pipeline.settled();
  expect(await pipeline.storedRows()).toBe(1);
});

it("an erased user does not come back by a file", async () => {
  const { pipeline, run, put } = await openWithIngest();
  const users = await put("users.csv", "user_id,country\n41,AT\n42,AT\n");
  await run("--users", users);
  await runToEnd("services/ingest/src/erase/main.ts", ["--user", "42"], {
    DATABASE_URL: pipeline.databaseUrl,
  });
  const again = await run("--users", users);
  expect(again.stdout).toContain("1 of erased users left out");
  expect(await pipeline.query("select user_id from users")).toEqual([{ user_id: 41 }]);
});

it("a file of 200 MB is imported in a heap of 64 MB", async () => {
  const { pipeline, env, folder } = await openWithIngest();
  const file = join(folder, "large.ndjson");
  const padding = "x".repeat(9_900);
  function* text(): Generator<string> {
    for (const [post_id, type, , engaged_timestamp] of engagementRows(20_000, Pipeline.POSTS))
      yield `${JSON.stringify({ post_id, type, engaged_timestamp, padding })}\n`;
  }
  await pipe(Readable.from(text()), createWriteStream(file));
  const outcome = await runToEnd(IMPORT, ["--engagements", file], {
    ...env,
    NODE_OPTIONS: "--max-old-space-size=64",
  });
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
  expect(outcome.stderr).toMatch(/^\d+% {2}large\.ndjson {2}[\d,]+ rows, [\d,]+ rows\/s\n/);
  await pipeline.settled();
  expect(await pipeline.storedRows()).toBe(20_000);
  await pipeline.expectAudit();
}, 400_000);
