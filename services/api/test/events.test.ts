import { randomUUID } from "node:crypto";
import { type EventsAnswer, uuidV7Time, type ValidEvent, validateEvent } from "@pulseboard/contract";
import { beforeAll, describe, expect, test } from "vitest";
import { startTestBroker, type TestBroker } from "../../../test/support/broker.ts";
import { createTestDatabase } from "../../../test/support/database.ts";
import { testKafka } from "../../../test/support/ledger.ts";
import { Pipeline } from "../../../test/support/pipeline.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { until } from "../../../test/support/until.ts";
import { eventMessage, identified, uuidV7 } from "../src/events/message.ts";
import { READ_KEY, startTestApi, type TestApi } from "./apiFixture.ts";

let broker: TestBroker;
let api: TestApi;
let pipeline: Pipeline;
/** Every message on the topic, as it came. */
const published: { key: string | undefined; value: Record<string, unknown>; timestamp: number }[] = [];

const logged = async () => [...(await pipeline.logEnds()).values()].reduce((sum, end) => sum + end, 0);
const byPost = (postId: number) => published.filter(({ value }) => value.post_id === postId);

beforeAll(async () => {
  broker = await startTestBroker();
  const { url } = await createTestDatabase();
  pipeline = await Pipeline.open(url, broker.address);
  await pipeline.startIngest();
  const consumer = testKafka(broker.address).consumer({ groupId: "events-test", maxWaitTimeInMs: 100 });
  await consumer.connect();
  onTeardown(() => consumer.disconnect());
  await consumer.subscribe({ topic: "engagements", fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      published.push({
        key: message.key?.toString(),
        value: JSON.parse(message.value?.toString() ?? "null"),
        timestamp: Number(message.timestamp),
      });
    },
  });
  api = await startTestApi(url, { KAFKA_BROKERS: broker.address });
  await until(async () => (await api.get("/readyz")).status === 200, { what: "the API to be ready" });
});

const event = (postId: number, more: object = {}) => ({ type: "view", post_id: postId, ...more });

/** An event with all that its identity is made of. */
const whole = (postId: number) =>
  event(postId, { event_id: randomUUID(), engaged_timestamp: new Date().toISOString() });
const given = (index: number) => ({
  index,
  event_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  engaged_timestamp: expect.stringMatching(/Z$/),
});

describe("202 is answered once Kafka has the events", () => {
  test("one event, an array, and NDJSON", async () => {
    const before = await logged();
    const one = await api.post(whole(1));
    expect([one.status, await one.json()]).toEqual([202, { accepted: 1, rejected: [], assigned: [] }]);
    expect(await logged()).toBe(before + 1);
    const array = await api.post([event(2), whole(2), event(3)]);
    expect(await array.json()).toEqual({ accepted: 3, rejected: [], assigned: [given(0), given(2)] });
    expect(await logged()).toBe(before + 4);
    const lines = `${JSON.stringify(event(4))}\r\n\n${JSON.stringify(event(4))}`;
    const ndjson = await api.post(lines, { "content-type": "application/x-ndjson" });
    expect(await ndjson.json()).toEqual({ accepted: 2, rejected: [], assigned: [given(0), given(1)] });
    expect(await logged()).toBe(before + 6);
  });

  test("invalid ones are named by place and field, the others taken", async () => {
    const response = await api.post([
      event(5),
      { type: "view" },
      event(5, { type: "VIEW" }),
      "no",
      event(5, { user_id: 0 }),
      event(5, { event_id: "00000000-0001-7000-8000-000000000000" }),
    ]);
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({
      accepted: 1,
      rejected: [
        { index: 1, field: "post_id", reason: expect.stringContaining("integer") },
        { index: 2, field: "type", reason: expect.stringContaining("share") },
        { index: 3, field: "", reason: expect.stringContaining("object") },
        { index: 4, field: "user_id", reason: expect.stringContaining("integer") },
        { index: 5, field: "engaged_timestamp", reason: expect.stringContaining("before 2000") },
      ],
      assigned: [given(0)],
    });
    const lines = `${JSON.stringify(event(6))}\n{"type":\n${JSON.stringify(event(6))}`;
    const ndjson = await api.post(lines, { "content-type": "application/x-ndjson" });
    expect(await ndjson.json()).toEqual({
      accepted: 2,
      rejected: [{ index: 1, field: "", reason: "expected JSON" }],
      assigned: [given(0), given(2)],
    });
  });

  test("a thousand at once, and thousands by NDJSON to one post", async () => {
    /** How many events Kafka has when 202 is answered, which 503 may precede on a busy machine. */
    const acknowledged = async (body: unknown, headers?: Record<string, string>) => {
      let before = 0;
      const post = async () => {
        before = await logged();
        return (await api.post(body, headers)).status;
      };
      await until(post, { is: (status) => status === 202, everyMs: 5_000 });
      return (await logged()) - before;
    };
    const array = Array.from({ length: 1_000 }, (_, id) => event(1 + (id % 90)));
    expect(await acknowledged(array)).toBe(1_000);
    const lines = Array.from({ length: 10_000 }, () => JSON.stringify(event(7))).join("\n");
    expect(await acknowledged(lines, { "content-type": "application/x-ndjson" })).toBe(10_000);
  });
});

describe("what is published", () => {
  test("known fields only, under the post's id, at the time it came", async () => {
    const began = Date.now();
    await api.post(event(101, { user_id: 9, secret: "x", event_id: null, engaged_timestamp: null }));
    const [message] = await until(() => byPost(101), { is: (found) => found.length === 1 });
    expect(message).toMatchObject({ key: "101", value: { type: "view", post_id: 101, user_id: 9 } });
    expect(Object.keys(message!.value).sort()).toEqual([
      ...["engaged_timestamp", "event_id", "post_id", "type", "user_id"],
    ]);
    expect(message!.timestamp).toBeGreaterThanOrEqual(began);
    const time = Date.parse(message!.value.engaged_timestamp as string);
    expect(time).toBeGreaterThanOrEqual(began);
    expect(uuidV7Time(message!.value.event_id as string)).toBe(time);
  });

  test("an id made for an event with its own time is of that time, so that both name the same month", async () => {
    await api.post(event(102, { engaged_timestamp: "2026-01-31T23:30:00.5+02:00" }));
    const [message] = await until(() => byPost(102), { is: (found) => found.length === 1 });
    expect(message!.value.engaged_timestamp).toBe("2026-01-31T21:30:00.500Z");
    expect(uuidV7Time(message!.value.event_id as string)).toBe(Date.UTC(2026, 0, 31, 21, 30, 0, 500));
  });

  test("a time far beyond any clock is left to ingest", async () => {
    expect((await api.post(event(103, { engaged_timestamp: "9999-12-31T23:59:59-12:00" }))).status).toBe(202);
    await until(
      async () => pipeline.query("select reason from rejected_events where reason = 'future_timestamp'"),
      {
        is: (rows) => rows.length === 1,
      },
    );
  });

  test("what is missing is assigned and named, what is there stays", async () => {
    const v7 = uuidV7(Date.now());
    const v4 = randomUUID();
    const time = "2026-01-31T23:59:59.999Z";
    const response = await api.post([
      event(105),
      event(105, { engaged_timestamp: time }),
      event(105, { event_id: v4 }),
      event(105, { event_id: v7 }),
      event(105, { event_id: v4, engaged_timestamp: time }),
    ]);
    const { assigned } = (await response.json()) as EventsAnswer;
    expect(assigned).toEqual([
      given(0),
      { ...given(1), engaged_timestamp: time },
      { ...given(2), event_id: v4 },
    ]);
    const values = (await until(() => byPost(105), { is: (found) => found.length === 5 })).map(
      ({ value: { event_id, engaged_timestamp } }) => ({ event_id, engaged_timestamp }),
    );
    for (const { event_id, engaged_timestamp } of assigned)
      expect(values).toContainEqual({ event_id, engaged_timestamp });
    expect(values).toContainEqual({ event_id: v7, engaged_timestamp: undefined });
    expect(values).toContainEqual({ event_id: v4, engaged_timestamp: time });
  });

  test("a retried POST with its own event_id counts once", async () => {
    const retried = event(104, { event_id: randomUUID(), engaged_timestamp: new Date().toISOString() });
    for (let attempt = 0; attempt < 3; attempt++) expect((await api.post(retried)).status).toBe(202);
    await until(() => byPost(104), { is: (found) => found.length === 3 });
    await pipeline.settled();
    await until(() => api.json("/engagement/104"), {
      is: ({ views }) => views === 1,
      what: "the event to be counted",
    });
    // Repeats bring no counts, so the fold that tells of them is one of its own.
    await until(() => api.json("/live/stats"), { is: ({ totals }) => totals.duplicates === 2 });
    expect((await api.json("/live/stats")).consumer_lag).toBe(0);
  });
});

describe("what is refused", () => {
  const status = async (body: unknown, headers?: Record<string, string>) => {
    const response = await api.post(body, headers);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    return response.status;
  };

  test.each([
    ["401 without a key", 401, event(1), { authorization: "" }],
    ["401 with an unknown key", 401, event(1), { authorization: `Bearer ${"x".repeat(24)}` }],
    ["403 without scope write", 403, event(1), { authorization: `Bearer ${READ_KEY}` }],
    ["400 not JSON", 400, "{", {}],
    ["400 no body", 400, "", {}],
    ["400 no event", 400, [], {}],
    ["400 not UTF-8", 400, Buffer.from([0x22, 0xff, 0x22]), {}],
    ["413 more than 1,000 in an array", 413, Array(1_001).fill(event(1)), {}],
    [
      "413 more than 10,000 lines of NDJSON",
      413,
      `${JSON.stringify(event(1))}\n`.repeat(10_001),
      { "content-type": "application/x-ndjson" },
    ],
    ["413 more than 4 MiB", 413, JSON.stringify([event(1), "x".repeat(4 * 1024 * 1024)]), {}],
    ["415 another type", 415, event(1), { "content-type": "text/plain" }],
    ["415 another encoding", 415, event(1), { "content-encoding": "compress" }],
  ])("%s", async (_, expected, body, headers) => {
    const before = await logged();
    const raw = Buffer.isBuffer(body) ? (body as unknown as string) : body;
    if (Buffer.isBuffer(body)) {
      const response = await fetch(`${api.url}/events`, {
        method: "POST",
        headers: { authorization: `Bearer write-key-of-the-tests-0001`, "content-type": "application/json" },
        body: new Uint8Array(body),
      });
      expect(response.status).toBe(expected);
    } else expect(await status(raw, headers as Record<string, string>)).toBe(expected);
    expect(await logged()).toBe(before);
  });

  test("400 when none is valid, with each reason", async () => {
    const response = await api.post([{ type: "view" }, 7]);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      status: 400,
      accepted: 0,
      rejected: [
        { index: 0, field: "post_id" },
        { index: 1, field: "" },
      ],
    });
  });
});

test("millions of bad lines get a short answer, and blank ones do not count", async () => {
  const ndjson = { "content-type": "application/x-ndjson" };
  const bad = await api.post("x\n".repeat(2_000_000), ndjson);
  expect(bad.status).toBe(413);
  const text = await bad.text();
  expect(text).toContain("at most 10000 events");
  expect(text.length).toBeLessThan(1_000);
  const blank = await api.post(`${"\n".repeat(100_000)}${JSON.stringify(event(8))}`, ndjson);
  expect(await blank.json()).toEqual({ accepted: 1, rejected: [], assigned: [given(0)] });
});

describe("while Kafka is away", () => {
  /** The 5 s that outbox.test.ts holds the producer to, and what a busy machine takes beside. */
  const BUSY_MS = 15_000;
  async function refused(): Promise<number> {
    const began = performance.now();
    const response = await api.post(event(120));
    expect(response.headers.get("retry-after")).toBe("1");
    expect(response.status).toBe(503);
    return performance.now() - began;
  }

  test("a frozen broker: 503 within 5 s, and 202 when it wakes", async () => {
    broker.signal("SIGSTOP");
    try {
      expect(await refused()).toBeLessThan(BUSY_MS);
      expect(await refused()).toBeLessThan(BUSY_MS);
    } finally {
      broker.signal("SIGCONT");
    }
    const before = await until(logged);
    await until(async () => (await api.post(event(122))).status, {
      is: (code) => code === 202,
    });
    expect(await logged()).toBeGreaterThan(before);
  });

  test("events of a 503 that are sent again as `assigned` names them count once each", async () => {
    const month = { engaged_timestamp: "2026-01-31T23:59:59.999Z" };
    const bodies: { postId: number; sent: Record<string, unknown>[]; body: (sent: object[]) => unknown }[] = [
      { postId: 130, sent: [event(130)], body: ([one]) => one },
      {
        postId: 131,
        sent: [event(131), event(131, month), event(131, { event_id: randomUUID() }), whole(131)],
        body: (sent) => [{ type: "none" }, ...sent],
      },
      {
        postId: 132,
        sent: [event(132), event(132, month), event(132, { event_id: uuidV7(Date.now()) })],
        body: (sent) => ["{", ...sent.map((one) => JSON.stringify(one))].join("\n"),
      },
    ];
    const post = (body: unknown) =>
      api.post(body, typeof body === "string" ? { "content-type": "application/x-ndjson" } : {});
    broker.signal("SIGSTOP");
    const answers = await Promise.all(bodies.map(({ sent, body }) => post(body(sent)))).finally(() =>
      broker.signal("SIGCONT"),
    );
    for (const [index, { postId, sent, body }] of bodies.entries()) {
      expect(answers[index]!.status).toBe(503);
      const { assigned, rejected } = (await answers[index]!.json()) as EventsAnswer;
      const lacking = sent.filter(
        ({ event_id, engaged_timestamp }) =>
          !(event_id && (engaged_timestamp || String(event_id)[14] === "7")),
      );
      expect(assigned).toHaveLength(lacking.length);
      expect(rejected.map((one) => one.index)).toEqual(postId === 130 ? [] : [0]);
      const first = postId === 130 ? 0 : 1;
      const again = sent.map((one, place) => {
        const { index: _, ...identity } = assigned.find((given) => given.index === first + place) ?? {
          index: 0,
        };
        return { ...one, ...identity };
      });
      for (let attempt = 0; attempt < 2; attempt++)
        await until(async () => post(body(again)), {
          is: ({ status }) => status === 202,
        }).then(async (response) => expect(((await response.json()) as EventsAnswer).assigned).toEqual([]));
    }
    await pipeline.settled();
    const stored = await pipeline.query(
      "select post_id, count(*)::integer as events from engagements where post_id between 130 and 132 group by 1 order by 1",
    );
    expect(stored).toEqual(bodies.map(({ postId, sent }) => ({ post_id: postId, events: sent.length })));
  });

  // The last one: the broker that is started again ends with its test.
  test("503 within 5 s, reads go on, lag is not known; when it is back all goes on", async () => {
    await broker.kill9();
    expect(await refused()).toBeLessThan(BUSY_MS);
    await until(() => api.json("/live/stats"), { is: ({ consumer_lag }) => consumer_lag === null });
    const began = performance.now();
    await api.json("/live/stats");
    expect(performance.now() - began).toBeLessThan(3_000);
    const ready = await api.get("/readyz");
    expect([ready.status, await ready.json()]).toMatchObject([
      503,
      { checks: { database: { ok: true }, kafka: { ok: false } } },
    ]);
    await broker.restart();
    await until(async () => (await api.post(event(121))).status, {
      is: (code) => code === 202,
    });
    await until(async () => (await api.get("/readyz")).status, {
      is: (code) => code === 200,
    });
  });
});

test("an event that is completed at a month's end keeps its month when it is sent again in the next one", () => {
  const monthEnd = Date.UTC(2026, 1, 0, 23, 59, 59, 999);
  for (const fields of [{}, { event_id: randomUUID() }, { engaged_timestamp: "2026-01-31T23:59:59.999Z" }]) {
    const first = eventMessage(identified(validateEvent(event(1, fields)) as ValidEvent, monthEnd));
    const again = identified(validateEvent(JSON.parse(first.value)) as ValidEvent, monthEnd + 1);
    expect(eventMessage(again)).toEqual(first);
    expect(again.engagedAt).toBe(monthEnd);
  }
});
