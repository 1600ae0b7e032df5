import kafkajs, { CompressionTypes } from "kafkajs";
import { expect, it, onTestFinished } from "vitest";
import { stampBatch } from "../../packages/embedded-kafka/src/codec/recordBatch.ts";
import { makeBatch } from "../../packages/embedded-kafka/test/support/batches.ts";
import { startTestBroker } from "../support/broker.ts";
import { appendToLog } from "../support/brokerLog.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger, messageOf, TOPIC, testKafka } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";

const event = (fields: object) => JSON.stringify({ type: "view", post_id: 1, ...fields });
const DEEP = `{"type":"view","post_id":1,"x":${"[".repeat(30_000)}${"]".repeat(30_000)}}`;

/** What is sent, and the reason it is kept for. */
const BROKEN: [
  name: string,
  value: Buffer | string | null,
  reason: string,
  message?: { timestamp: string },
][] = [
  ["a line of text", "hello", "not_json"],
  ["nothing", null, "not_json"],
  ["an empty value", "", "not_json"],
  ["invalid UTF-8", Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), "not_json"],
  ["a NUL byte in the JSON", '{"type":"view\0","post_id":1}', "not_json"],
  ["a NUL in a string", '{"type":"view\\u0000","post_id":1}', "invalid_field"],
  ["a lone surrogate", '{"type":"\\ud800","post_id":1}', "invalid_field"],
  ["a NUL in the id", event({ event_id: "\u0000" }), "invalid_field"],
  ["an array nested 60,000 deep", `${"[".repeat(60_000)}`, "not_json"],
  ["a nested array", `${"[".repeat(30_000)}${"]".repeat(30_000)}`, "invalid_field"],
  ["an array", "[]", "invalid_field"],
  ["a number", "1", "invalid_field"],
  ["a post id in a string", '{"type":"view","post_id":"1"}', "invalid_field"],
  ["a post id of 2^31", event({ post_id: 2 ** 31 }), "invalid_field"],
  ["a time without a zone", event({ engaged_timestamp: "2026-01-01T00:00:00" }), "invalid_field"],
  ["a time before 2000", event({ engaged_timestamp: "1999-12-31T23:59:59Z" }), "invalid_field"],
  ["a time far ahead", event({ engaged_timestamp: "2126-01-01T00:00:00Z" }), "future_timestamp"],
  ["no time at all", event({}), "invalid_field", { timestamp: "-1" }],
  [
    "a message timestamp half an hour ahead",
    event({}),
    "future_timestamp",
    { timestamp: String(Date.now() + 1_800_000) }, // brokers themselves refuse more than an hour
  ],
  ["a post that nobody wrote", event({ post_id: 999_999 }), "unknown_post"],
  ["66,000 bytes", event({ x: "x".repeat(66_000) }), "too_large"],
];

it("I4: broken messages among good ones are kept with their bytes and reason, and hold nothing up", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic(1);
  await pipeline.startIngest();
  for (const [, value, , message] of BROKEN) {
    await ledger.publish(20);
    await ledger.publishBroken(value, message);
  }
  await ledger.publish(20);
  await pipeline.settled();
  await pipeline.expectExact(ledger);

  const kept = await pipeline.query(`select reason, payload, detail from rejected_events order by "offset"`);
  expect(kept.map((row, index) => [BROKEN[index]?.[0], row.reason])).toEqual(
    BROKEN.map(([name, , reason]) => [name, reason]),
  );
  expect(kept.map((row) => row.payload?.toString("latin1") ?? null)).toEqual(
    BROKEN.map(([, value]) => (value === null ? null : Buffer.from(value).toString("latin1"))),
  );
  for (const { detail } of kept) expect(detail).toMatch(/^[\x20-\x7e]{1,200}$/);
});

it("I4: odd but valid messages count", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  await pipeline.startIngest();
  await ledger.send([
    { value: DEEP },
    { value: '{"type":"view","post_id":1.0,"user_id":null,"event_id":null}' },
    { value: '{"type":"view","post_id":1,"note":"\\ud800 \\u0000"}' },
    {
      value: '{"type":"view","post_id":1,"engaged_timestamp":"2001-02-03T04:05:06.789123+05:30"}',
      timestamp: "-1",
    },
    { key: Buffer.from([0, 255]), value: ' {"type":"view","post_id":1,"type":"like"} ' },
  ]);
  await pipeline.settled();
  const rows = await pipeline.query(
    "select type::text, count(*)::integer from engagements group by 1 order by 1",
  );
  expect(rows).toEqual([
    { type: "like", count: 1 },
    { type: "view", count: 4 },
  ]);
  const [old] = await pipeline.query(
    "select engaged_timestamp from engagements where engaged_timestamp < '2002-01-01'",
  );
  expect(old.engaged_timestamp.toISOString()).toBe("2001-02-02T22:35:06.789Z");
  await pipeline.expectAudit();
});

it("I4: a record that the database itself refuses is found by halving, rejected with its SQLSTATE, and the rest is stored", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.query(
    "alter table engagements add constraint refuse_user_13 check (user_id is distinct from 13)",
  );
  await pipeline.createTopic(2);
  await ledger.publish(700);
  await ledger.publishBroken(event({ user_id: 13 }));
  await ledger.publish(700);
  await pipeline.startIngest();
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  const kept = await pipeline.query("select reason, detail from rejected_events");
  expect(kept).toEqual([{ reason: "invalid_field", detail: "refused by the database, SQLSTATE 23514" }]);
});

it("I4: a compressed batch that nobody can read is kept whole as one rejected event, and holds nothing up", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic(1);
  await pipeline.startIngest();
  await ledger.publish(100);
  const noSnappy = Buffer.from("this is not what it says it is");
  const producer = testKafka(broker.address).producer();
  onTestFinished(() => producer.disconnect());
  await producer.connect();
  kafkajs.CompressionCodecs[CompressionTypes.Snappy] = () => ({ compress: async () => noSnappy });
  await producer.send({
    topic: TOPIC,
    compression: CompressionTypes.Snappy,
    messages: Array.from({ length: 7 }, () => ({ value: event({}) })),
  });
  await ledger.publish(100);
  await pipeline.settled();
  await pipeline.expectExact(ledger);
  const kept = await pipeline.query(`select "offset"::integer, reason, detail, payload from rejected_events`);
  expect(kept).toEqual([
    {
      offset: 100,
      reason: "not_json",
      detail: expect.stringContaining("a batch of 7 records that cannot be read: a snappy batch of 30 bytes"),
      payload: noSnappy,
    },
  ]);
  const [account] = await pipeline.query("select rejected::integer, skipped::integer from ingest_offsets");
  expect(account).toEqual({ rejected: 1, skipped: 6 });
});

it("I4: events whose log has stamped them with a time that no number holds count, and hold nothing up", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic(1);
  await ledger.publish(10);
  const stamped = [-(2 ** 63), -(2 ** 62)].map((maxTimestamp, index) => {
    const sent = ledger.newEvent();
    ledger.events.set(sent.id, sent);
    const batch = makeBatch({ values: [String(messageOf(sent).value)], attributes: 0x08, maxTimestamp });
    stampBatch(batch, 10 + index, 0);
    return batch;
  });
  await appendToLog(broker, stamped);
  const first = await pipeline.startIngest();
  await pipeline.settled();
  await first.stop();
  await pipeline.startIngest(); // which reads what the database has kept of the last of them
  await ledger.publish(10);
  await pipeline.settled();
  await pipeline.expectExact(ledger);
});

it("I3: the audit passes, and fails when a rollup is altered by hand", async () => {
  const broker = await startTestBroker();
  const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
  await pipeline.createTopic();
  const ingest = await pipeline.startIngest();
  await ledger.publish(1_000);
  await pipeline.settled();
  await ingest.stop();
  await pipeline.expectAudit();
  for (const [table, check] of [
    ["post_stats", "post_stats"],
    ["closed_quarters", "post_quarters"],
    ["platform_quarters", "platform_quarters"],
    ["stats", "stats"],
  ]) {
    const [{ place }] = await pipeline.query(`select ctid::text as place from ${table} limit 1`);
    await pipeline.query(`create table saved as table ${table}`);
    await pipeline.query(`update ${table} set views = views + 1 where ctid = $1::tid`, [place]);
    const { code, output } = await pipeline.audit();
    expect(code, `${table}: ${output}`).toBe(1);
    expect(output).toContain(check);
    await pipeline.query(`delete from ${table}; insert into ${table} select * from saved; drop table saved`);
  }
  await pipeline.expectAudit();
});
