import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { expect, it } from "vitest";
import { derivedEventId } from "../../services/ingest/src/decode/eventId.ts";
import { startTestBroker } from "../support/broker.ts";
import { type CommandOutcome, runToEnd } from "../support/command.ts";
import { createTestDatabase } from "../support/database.ts";
import { createTestFolder } from "../support/folder.ts";
import { Ledger, TOPIC } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";
import { spawnService } from "../support/process.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

type ReasonCount = { reason: string; count: number };

const REJECTED = "services/ingest/src/rejected/main.ts";
/** A post that the catalogue gets later. */
const LATE_POST = 5_000;

async function openWithIngest() {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  await pipeline.startIngest();
  const env = { DATABASE_URL: pipeline.databaseUrl, KAFKA_BROKERS: broker.address };
  const rejected = (...args: string[]): Promise<CommandOutcome> => runToEnd(REJECTED, args, env);
  return { pipeline, ledger, rejected, env };
}

const addLatePost = (pipeline: Pipeline) =>
  pipeline.query("insert into posts values ($1, 1, 'Tech', now(), 'Late')", [LATE_POST]);

const like = (fields: object = {}) => JSON.stringify({ type: "like", post_id: LATE_POST, ...fields });

const accounting = async (pipeline: Pipeline) => {
  const [row] = await pipeline.query(
    "select sum(stored)::integer as stored, sum(rejected)::integer as rejected, sum(duplicates)::integer as duplicates from ingest_offsets",
  );
  return row;
};

/** Rows can be locked and prepared, but whoever marks one as replayed waits until release(). */
async function holdMarking(pipeline: Pipeline): Promise<{ release(): Promise<void> }> {
  await pipeline.query(`
    create function wait_to_mark() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock(1); return new; end $$;
    create trigger wait_to_mark before update of replayed_at on rejected_events
      for each row execute function wait_to_mark();`);
  const foreign = new pg.Client({ connectionString: pipeline.databaseUrl });
  onTeardown(() => foreign.end());
  await foreign.connect();
  await foreign.query("select pg_advisory_lock(1)");
  return {
    async release() {
      await foreign.query("select pg_advisory_unlock(1)");
      await until(
        () => foreign.query("select from pg_stat_activity where application_name = 'pulseboard-rejected'"),
        {
          is: ({ rowCount }) => rowCount === 0,
          what: "the server to notice that the replay is gone",
        },
      );
    },
  };
}

it("I1: events that are wrong by format count once when they are mended on replay, whatever the options of later runs", async () => {
  const { pipeline, ledger, rejected, env } = await openWithIngest();
  const at = Date.now() - 60_000;
  await ledger.send([
    { value: '{"type":"like","post_id":1,"engaged_timestamp":"2026-01-05 10:00"}', timestamp: String(at) },
    { value: '{"type":"like","post_id":"2"}', timestamp: String(at + 1) },
    { value: "type=share;post=3", timestamp: String(at + 2) },
    {
      value: '{"type":"view","post_id":4,"engaged_timestamp":"2031-01-01T00:00:00Z"}',
      timestamp: String(at + 3),
    },
  ]);
  await pipeline.settled();
  expect(await accounting(pipeline)).toEqual({ stored: 0, rejected: 4, duplicates: 0 });

  const byClock = ["replay", "--reason", "future_timestamp", "--set", "engaged_timestamp=message_timestamp"];
  const dry = await rejected(...byClock, "--dry-run");
  expect(dry.stdout).toContain("1 would be replayed");
  expect(dry.stdout).toContain(new Date(at + 3).toISOString());
  const held = await holdMarking(pipeline);
  const before = [...(await pipeline.logEnds()).values()].reduce((sum, end) => sum + end, 0);
  const killed = await spawnService(REJECTED, env, { readyWhen: "spawned", args: byClock });
  await until(async () => [...(await pipeline.logEnds()).values()].reduce((sum, end) => sum + end, 0), {
    is: (end) => end === before + 1,
    what: "the mended event to be published",
  });
  await killed.kill9();
  await held.release();
  // Another time would be another identity, in another month.
  const later = await rejected(
    "replay",
    "--reason",
    "future_timestamp",
    "--set",
    "engaged_timestamp=2026-01-01T00:00:00Z",
  );
  expect(later.stdout).toContain("1 of them as an earlier replay prepared them");

  const file = join(await createTestFolder(), "mend.mjs");
  await writeFile(
    file,
    `export default (event, { text }) => {
       if (!event) return { type: "share", post_id: Number(/post=(\\d+)/.exec(text)[1]) };
       if (typeof event.engaged_timestamp === "string" && !event.engaged_timestamp.endsWith("Z"))
         return { ...event, engaged_timestamp: event.engaged_timestamp.replace(" ", "T") + ":00Z" };
       return event;
     };`,
  );
  const mended = await rejected("replay", "--transform", file);
  expect(mended, mended.stderr).toMatchObject({ status: 0 });
  expect(mended.stdout).toContain("2 replayed");
  expect(mended.stdout).toContain(
    "1 skipped: still invalid: post_id: expected an integer from 1 to 2147483647",
  );
  expect((await rejected("replay", "--set", "post_id=2")).stdout).toContain("1 replayed");
  await pipeline.settled();
  await rejected("replay", "--again", "--set", "engaged_timestamp=2026-02-01T00:00:00Z");
  await pipeline.settled();
  expect(await accounting(pipeline)).toEqual({ stored: 4, rejected: 4, duplicates: 5 });
  const stored = await pipeline.query(
    "select post_id, type::text, engaged_timestamp from engagements order by post_id",
  );
  expect(stored).toEqual([
    { post_id: 1, type: "like", engaged_timestamp: new Date("2026-01-05T10:00:00Z") },
    { post_id: 2, type: "like", engaged_timestamp: new Date(at + 1) },
    { post_id: 3, type: "share", engaged_timestamp: new Date(at + 2) },
    { post_id: 4, type: "view", engaged_timestamp: new Date(at + 3) },
  ]);
  await pipeline.expectAudit();
});

it("I1: events of a post that is added later count once after replays, with the id and time they would have had", async () => {
  const { pipeline, ledger, rejected } = await openWithIngest();
  const sentAt = Date.now() - 86_400_000;
  const own = "0190a5b0-1111-7222-8333-444455556666";
  await ledger.send([
    { key: "k", value: like(), timestamp: String(sentAt) },
    { key: "k", value: ` ${like({ event_id: null, note: "ü" })}\n`, timestamp: String(sentAt + 1) },
    { key: "k", value: like({ event_id: own }), timestamp: String(sentAt + 2) },
    { key: "k", value: like({ engaged_timestamp: "2026-01-02T03:04:05.678+01:00" }), timestamp: "-1" },
    { key: "k", value: like({ note: "x".repeat(65_000) }), timestamp: String(sentAt + 4) },
    { key: "k", value: like({ note: "x".repeat(65_480) }), timestamp: String(sentAt + 5) },
  ]);
  await pipeline.settled();
  expect(await accounting(pipeline)).toEqual({ stored: 0, rejected: 6, duplicates: 0 });
  const places = await pipeline.query(
    `select partition, "offset"::integer as at from rejected_events order by at`,
  );
  const idAt = (index: number, timestamp: number) =>
    derivedEventId(TOPIC, places[index].partition, places[index].at, timestamp);

  // Not yet of use: what is sent now is rejected again, as an event of its own.
  const early = await rejected("replay", "--limit", "1");
  expect(early).toMatchObject({ status: 0, stdout: expect.stringContaining("1 replayed") });
  await pipeline.settled();
  expect(await accounting(pipeline)).toEqual({ stored: 0, rejected: 7, duplicates: 0 });

  await addLatePost(pipeline);
  const dry = await rejected("replay", "--dry-run");
  expect(dry.stdout).toContain("6 would be replayed");
  const first = await rejected("replay", "--reason", "unknown_post", "--post", String(LATE_POST));
  expect(first, first.stderr).toMatchObject({ status: 0, stdout: expect.stringContaining("6 replayed") });
  await pipeline.settled();
  expect(await accounting(pipeline)).toEqual({ stored: 6, rejected: 7, duplicates: 0 });

  const again = await rejected("replay");
  expect(again.stdout).toContain("0 replayed");
  const everything = await rejected("replay", "--again");
  expect(everything.stdout).toContain("7 replayed");
  await pipeline.settled();
  expect(await accounting(pipeline)).toEqual({ stored: 6, rejected: 7, duplicates: 7 });

  const stored = await pipeline.query(
    "select event_id, engaged_timestamp from engagements order by engaged_timestamp, event_id",
  );
  const times = new Map(stored.map((row) => [row.event_id, row.engaged_timestamp.toISOString()]));
  expect(times).toEqual(
    new Map([
      [own, new Date(0x0190a5b01111).toISOString()],
      [idAt(3, -1), "2026-01-02T02:04:05.678Z"],
      ...[0, 1, 4, 5].map(
        (index) => [idAt(index, sentAt + index), new Date(sentAt + index).toISOString()] as const,
      ),
    ]),
  );
  const [{ open }] = await pipeline.query(
    "select count(*)::integer as open from rejected_events where replayed_at is null",
  );
  expect(open).toBe(0);
  await pipeline.expectAudit();
});

it("I1: a replay that is killed between publishing and marking, and done again, counts everything once", async () => {
  const { pipeline, ledger, rejected, env } = await openWithIngest();
  await ledger.send(Array.from({ length: 700 }, (_, index) => ({ key: String(index % 7), value: like() })));
  await pipeline.settled();
  await addLatePost(pipeline);
  const foreign = await holdMarking(pipeline);
  const killed = await spawnService(REJECTED, env, { readyWhen: "spawned", args: ["replay"] });
  const published = async () => [...(await pipeline.logEnds()).values()].reduce((sum, end) => sum + end, 0);
  await until(published, { is: (count) => count === 700 + 500, what: "a page" });
  await killed.kill9();
  await foreign.release();
  const again = await rejected("replay");
  expect(again.stdout).toContain("700 replayed");
  await pipeline.settled();
  expect(await accounting(pipeline)).toEqual({ stored: 700, rejected: 700, duplicates: 500 });
  await pipeline.expectAudit();
});

it("I1: two replays at once count everything once and leave nothing", async () => {
  const { pipeline, ledger, rejected } = await openWithIngest();
  await ledger.send(
    Array.from({ length: 3_000 }, (_, index) => ({ key: String(index % 50), value: like() })),
  );
  await pipeline.settled();
  await addLatePost(pipeline);
  const both = await Promise.all([rejected("replay"), rejected("replay")]);
  for (const { status, stderr } of both) expect(status, stderr).toBe(0);
  await pipeline.settled();
  expect(await accounting(pipeline)).toMatchObject({ stored: 3_000, rejected: 3_000 });
  const [{ open }] = await pipeline.query(
    "select count(*)::integer as open from rejected_events where replayed_at is null",
  );
  expect(open).toBe(0);
  await pipeline.expectAudit();
});

it("what cannot count in any case is skipped and counted, and asking for just that is an error", async () => {
  const { pipeline, ledger, rejected } = await openWithIngest();
  await ledger.send([
    { value: "hello" },
    { value: "x".repeat(66_000) },
    { value: "[1]" },
    { value: '{"type":"like","post_id":1}', timestamp: "-1" },
    { value: like() },
    { value: like({ post_id: 6_000 }) },
  ]);
  await pipeline.settled();
  await pipeline.query("update rejected_events set payload = null where detail like '%5000%'");
  const countOf = async (post: number) => {
    const { stdout } = await rejected("list", "--json", "--post", String(post));
    return JSON.parse(stdout).reasons.map(({ reason, count }: ReasonCount) => [reason, count]);
  };
  expect(await countOf(1)).toEqual([["invalid_field", 1]]);
  expect(await countOf(5_000)).toEqual([["unknown_post", 1]]);
  expect(await countOf(500)).toEqual([]);
  const before = await pipeline.logEnds();
  const { status, stdout } = await rejected("replay", "--dry-run");
  expect(status).toBe(0);
  expect(stdout.split("\n").slice(1, -1).sort()).toEqual([
    "1 skipped: its payload was erased",
    "1 skipped: not a JSON object, nothing can be added to it",
    "1 skipped: not_json, its bytes would be refused again",
    "1 skipped: too_large, its bytes would be refused again",
    "1 skipped: without a time, it would get that of the replay",
    "1 would be replayed",
  ]);
  const mended = await rejected("replay", "--dry-run", "--set", "user_id=null");
  expect(mended.stdout.split("\n")).toEqual(
    expect.arrayContaining([
      "1 skipped: its payload was erased",
      "1 skipped: not_json, its bytes would be refused again",
      "1 skipped: too_large, its bytes would be refused again",
    ]),
  );
  expect(await rejected("replay", "--reason", "too_large")).toEqual({
    status: 1,
    stdout: "",
    stderr:
      "too_large: not replayed, its bytes would be refused again; --transform can mend them, see --help\n",
  });
  expect(await pipeline.logEnds()).toEqual(before);
  expect((await rejected("replay")).stdout).toContain("1 replayed");
  const marked = await pipeline.query("select detail from rejected_events where replayed_at is not null");
  expect(marked).toEqual([{ detail: "post 6000 is not in the catalogue" }]);
});

it("rejected events are listed and shown without a control character, and their bytes are to be had exactly", async () => {
  const { pipeline, ledger, rejected } = await openWithIngest();
  const nasty = Buffer.from('\u001b]0;owned\u0007{"a":"\u009b31m\u202e"}\r\n\u0000', "utf8");
  const binary = Buffer.from([0xff, 0xfe, 0x1b, 0x5b, 0x32, 0x4a]);
  await ledger.send([
    { key: Buffer.from([27, 0]), value: nasty, partition: 0 },
    { key: "b", value: binary, partition: 1 },
    { value: like(), partition: 2 },
    { value: null, partition: 3 },
  ]);
  await pipeline.settled();
  for (const args of [["list"], ["list", "--json"], ["show"], ["show", "--json"]]) {
    const { status, stdout, stderr } = await rejected(...args);
    expect(status, stderr).toBe(0);
    expect(stdout, args.join(" ")).toMatch(/^[\n\x20-\x7e]+$/);
  }
  const listed = JSON.parse((await rejected("list", "--json")).stdout);
  expect(listed.reasons).toMatchObject([
    { reason: "not_json", count: 3, replayed: 0 },
    { reason: "unknown_post", count: 1, example: "post 5000 is not in the catalogue" },
  ]);
  expect(Object.keys(listed.newest[0]).slice(0, 4)).toEqual(["topic", "partition", "log_number", "offset"]);
  const shown = (await rejected("show", "--json", "--since", "1h")).stdout.trim().split("\n");
  const byPartition = new Map(shown.map((line) => [JSON.parse(line).partition, JSON.parse(line)]));
  expect(byPartition.get(0)).toMatchObject({ payload: nasty.toString(), key: "\u001b\u0000" });
  expect(byPartition.get(1)).toMatchObject({ payload: null, payload_base64: binary.toString("base64") });
  expect(byPartition.get(3)).toMatchObject({ payload: null, key: null });
  const raw = await rejected("show", "--raw", `${TOPIC}/0/1/0`);
  expect(raw.stdout).toBe(nasty.toString());
  expect((await rejected("show", `${TOPIC}/5/1/0`)).status).toBe(1);
  expect((await rejected("show", "--raw")).stderr).toBe(
    "--raw: expected coordinates or filters that only one event meets\n",
  );
});

it("a replay to a broker that is away, or without the topic, says so in one line and marks nothing", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  await pipeline.query(
    `insert into rejected_events (topic, partition, log_number, "offset", message_timestamp, reason, detail, payload)
     values ('nowhere', 0, 1, 0, now(), 'unknown_post', 'post 5000 is not in the catalogue', $1)`,
    [Buffer.from(like())],
  );
  for (const [brokers, words] of [
    ["127.0.0.1:1", /ECONNREFUSED/],
    [broker.address, /does not host this topic-partition/],
  ] as const) {
    const { status, stdout, stderr } = await runToEnd(REJECTED, ["replay"], {
      DATABASE_URL: pipeline.databaseUrl,
      KAFKA_BROKERS: brokers,
    });
    expect(status).toBe(1);
    expect(stdout).toContain(`1 rejected event matches (unknown_post 1); to ${brokers}\n`);
    const last = stderr.trim().split("\n").at(-1);
    expect(last).toMatch(/^Kafka: /);
    expect(last).toMatch(words);
    expect(stderr).not.toContain("    at ");
  }
  const [row] = await pipeline.query("select replayed_at from rejected_events");
  expect(row.replayed_at).toBeNull();
});
