import { ENGAGEMENT_TYPES } from "@pulseboard/contract";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordBatch, recordBatches } from "../../../test/support/recordBatches.ts";
import { decodeBatches } from "../src/decode/decodeBatches.ts";
import type { Segment } from "../src/decode/segment.ts";
import { BinaryCopy } from "../src/write/binaryCopy.ts";
import { copyInto } from "../src/write/copy.ts";
import { DeltaCounter } from "../src/write/deltas.ts";
import { LOCK, Months, monthOf, monthTable } from "../src/write/months.ts";
import { halve, prepare, recordsIn } from "../src/write/prepare.ts";
import { SegmentQueue } from "../src/write/queue.ts";
import { AT, createWriteDatabase, createWriting, MONTH, POST, views } from "./writeFixture.ts";

const segment = (partition: number, start: number, records: number): Segment => ({
  partition,
  log: 1,
  start,
  end: start + records,
  records: decodeBatches(
    recordBatches(
      Array.from({ length: records }, (_, index) => ({ value: "x", timestamp: 0, offset: start + index })),
    ),
    start,
    { topic: "t", partition, now: 0 },
  ),
  watermark: 1,
});

describe("binary COPY", () => {
  it("stores every value as it was given", async () => {
    const pool = (await createWriteDatabase()).pool;
    const rows = fc.sample(
      fc.record({
        id: fc.uuid(),
        post: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        at: fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2200, 0, 1) }),
      }),
      2_000,
    );
    const client = await pool.connect();
    try {
      await client.query(
        "create temp table t (n serial, id uuid, post integer, missing integer, at timestamptz)",
      );
      const copy = new BinaryCopy().begin();
      for (const { id, post, at } of rows) copy.row(4).uuid(id).int4(post).null().timestamp(at);
      await copyInto(client, "t (id, post, missing, at)", copy.end());
      const result = await client.query("select id, post, missing, at from t order by n");
      expect(result.rows).toEqual(
        rows.map(({ id, post, at }) => ({ id, post, missing: null, at: new Date(at) })),
      );
    } finally {
      client.release();
    }
  });
});

describe("deltas", () => {
  it("equal a plain count of the same events, however many keys there are", async () => {
    const pool = (await createWriteDatabase()).pool;
    const client = await pool.connect();
    const counter = new DeltaCounter();
    try {
      // One post in many minutes meets itself where the hashes of two keys meet.
      for (const [posts, minutes] of [
        [3, 7],
        [1, 20_000],
        [60_000, 7],
      ] as const) {
        const plain = new Map<string, number>();
        counter.clear();
        for (let event = 0; event < 100_000; event++) {
          const post = 1 + ((event * 7_919) % posts);
          const minute = 29_000_000 + (event % minutes);
          const type = ENGAGEMENT_TYPES[event % 4]!;
          counter.add(post, minute, event % 4);
          const key = `${post} ${minute} ${type}`;
          plain.set(key, (plain.get(key) ?? 0) + 1);
        }
        await client.query("truncate delta_batches");
        await counter.write(client);
        const { rows } = await client.query(
          `select post_id || ' ' || minute || ' ' || type as key, count from engagement_deltas,
           lateral (values ('view', views), ('like', likes), ('comment', comments), ('share', shares)) t (type, count) where count > 0`,
        );
        expect(rows.length).toBe(plain.size);
        expect(rows.every((row) => plain.get(row.key) === row.count)).toBe(true);
      }
    } finally {
      client.release();
    }
  });
});

describe("months", () => {
  it("are made once by however many processes ask at the same time, without waiting for a writer", async () => {
    const pool = (await createWriteDatabase()).pool;
    const month = monthOf(Date.UTC(2026, 1, 28));
    const writer = await pool.connect();
    await new Months(pool).ensure([monthOf(Date.UTC(2026, 0, 1))]);
    await writer.query("begin");
    await writer.query("insert into engagements values (gen_random_uuid(), 1, 'view', null, '2026-01-15')");
    await Promise.all([new Months(pool).ensure([month]), new Months(pool).ensure([month])]);
    await writer.query("rollback");
    writer.release();
    expect(monthTable(month)).toBe("engagements_2026_02");
    const insert = (at: string) =>
      pool.query(
        "insert into engagements values ('019ab111-2c00-7abc-8abc-0123456789ab', 1, 'view', null, $1)",
        [at],
      );
    await insert("2026-02-28T23:59:59.999Z");
    await expect(insert("2026-02-01T00:00:00Z")).rejects.toMatchObject({
      constraint: "engagements_2026_02_event_id_key",
    });
    await expect(insert("2026-03-01T00:00:00Z")).rejects.toThrow(/no partition/);
  });
});

describe("the writer", () => {
  it("writes segments without records: their offsets are passed and skipped", async () => {
    const { write, accounting } = await createWriting();
    await write({ ...views(0, 0, []), end: 5 });
    await write({ ...views(0, 5, []), end: 7 }, views(1, 0, [POST, POST]));
    expect(await accounting()).toEqual([
      [0, 7, 0, 0, 0, 7],
      [1, 2, 2, 0, 0, 0],
      [2, 0, 0, 0, 0, 0],
    ]);
  });

  it("keeps large rejected records a few megabytes a statement, and all of them", async () => {
    const { pool, write, accounting } = await createWriting();
    await pool.query(`
      create table statements (bytes bigint);
      create function note() returns trigger language plpgsql as
        $$ begin insert into statements select sum(length(payload)) from written; return null; end $$;
      create trigger note after insert on rejected_events referencing new table as written
        for each statement execute function note();`);
    const value = Buffer.alloc(1 << 20);
    const messages = Array.from({ length: 12 }, (_, offset) => ({ value, timestamp: 0, offset }));
    const context = { topic: "t", partition: 0, now: AT };
    await write({ ...segment(0, 0, 12), records: decodeBatches(recordBatches(messages), 0, context) });
    expect((await accounting())[0]).toEqual([0, 12, 0, 12, 0, 0]);
    const { rows } = await pool.query("select bytes::integer from statements");
    expect(rows.map(({ bytes }) => bytes >> 20)).toEqual([8, 4]);
  });

  it("rejects the one record that the database refuses, wherever it is among empty segments", async () => {
    const { pool, write, accounting } = await createWriting();
    await pool.query("alter table engagements add check (post_id <> 13)");
    await write({ ...views(0, 0, []), end: 5 }, views(1, 0, [1, 2, 13, 4]), { ...views(2, 0, []), end: 3 });
    expect(await accounting()).toEqual([
      [0, 5, 0, 0, 0, 5],
      [1, 4, 3, 1, 0, 0],
      [2, 3, 0, 0, 0, 3],
    ]);
    const { rows } = await pool.query(
      'select partition, "offset", reason, detail, payload from rejected_events',
    );
    expect(rows).toEqual([
      {
        partition: 1,
        offset: 2,
        reason: "invalid_field",
        detail: "refused by the database, SQLSTATE 23514",
        payload: expect.any(Buffer),
      },
    ]);
    expect(JSON.parse(String(rows[0].payload))).toMatchObject({ post_id: 13 });
  });

  it("stores each id once: in a group, against what is stored, and however many there are", async () => {
    const { pool, write, accounting } = await createWriting();
    const many = Array.from({ length: 500 }, (_, index) => 1 + (index % 20));
    await write(views(0, 0, many), views(1, 0, many, 400));
    expect((await accounting()).slice(0, 2)).toEqual([
      [0, 500, 500, 0, 0, 0],
      [1, 500, 400, 0, 100, 0],
    ]);
    await write(views(2, 0, [...many, 99], 700));
    expect((await accounting())[2]).toEqual([2, 501, 300, 1, 200, 0]);
    const { rows } = await pool.query(
      "select count(*)::integer as stored, count(distinct event_id)::integer as ids, (select sum(views)::integer from engagement_deltas) as counted from engagements",
    );
    expect(rows).toEqual([{ stored: 1_200, ids: 1_200, counted: 1_200 }]);
  });

  it("leaves out what a peer has stored since the ids were looked up, and counts it as duplicates", async () => {
    const { pool, write, store, accounting } = await createWriting();
    await write(views(0, 0, [POST, POST, POST]));
    const { horizon, incarnation } = store.rules;
    const batch = prepare([views(1, 0, [POST, POST, POST, POST], 1)], {
      ...{ horizon, incarnation, missing: new Set() },
    });
    await store.writeStaged(batch);
    expect((await accounting())[1]).toEqual([1, 4, 2, 0, 2, 0]);
    const { rows } = await pool.query(
      "select count(*)::integer as stored, (select sum(views)::integer from engagement_deltas) as counted from engagements",
    );
    expect(rows).toEqual([{ stored: 5, counted: 5 }]);
  });

  it("does not wait for ever for a peer that was frozen with the same event id, or while it made a month", async () => {
    const { pool, write, months, accounting } = await createWriting();
    const frozen = await pool.connect();
    frozen.on("error", () => {});
    await frozen.query("begin");
    await frozen.query(
      "insert into engagements values ('00000000-0000-4000-8000-000000000000', 1, 'view', null, '2026-01-15')",
    );
    await frozen.query("select pg_advisory_xact_lock($1)", [LOCK]);
    await write(views(0, 0, [POST, POST]));
    expect((await accounting())[0]).toEqual([0, 2, 2, 0, 0, 0]);
    frozen.release(true);

    const other = await pool.connect();
    other.on("error", () => {});
    await other.query("begin");
    await other.query("select pg_advisory_xact_lock($1)", [LOCK]);
    await months.ensure([MONTH + 1]);
    other.release(true);
  });
});

describe("halving", () => {
  it("keeps every record and every offset, in order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }), (sizes) => {
        let start = 100;
        const group = sizes.map((size) => {
          const next = segment(0, start, size);
          start = next.end;
          return next;
        });
        fc.pre(recordsIn(group) > 1);
        const [left, right] = halve(group);
        expect(recordsIn(left)).toBe(Math.floor(recordsIn(group) / 2));
        const offsets = (segments: Segment[]) =>
          segments.flatMap(({ records }) => Array.from(records.types, (_, index) => records.offset(index)));
        expect([...offsets(left), ...offsets(right)]).toEqual(offsets(group));
        let at = 100;
        for (const part of [...left, ...right]) {
          expect(part.start).toBe(at);
          at = part.end;
        }
        expect(at).toBe(start);
      }),
    );
  });
});

describe("the queue", () => {
  it("has no room once it holds its bound, and has room again when the writer is done", async () => {
    const queue = new SegmentQueue({ records: 10, bytes: 1 << 20 }, new AbortController().signal);
    queue.push(segment(0, 0, 6));
    queue.push(segment(1, 0, 6));
    expect(queue.hasRoom).toBe(false);
    const changed = queue.change();
    const group = queue.take(100);
    expect(group.length).toBe(2);
    expect(queue.hasRoom).toBe(false);
    queue.done(group);
    await changed;
    expect(queue.hasRoom).toBe(true);
    expect(queue.depth).toBe(0);
  });

  it("counts all that it keeps in memory, headers that nobody reads included", () => {
    const queue = new SegmentQueue({ records: 10, bytes: 1 << 20 }, new AbortController().signal);
    const batch = recordBatch([{ value: "{}", timestamp: 0, offset: 0 }]);
    const bytes = Buffer.concat([batch.bytes, Buffer.alloc(1 << 20)]);
    const records = decodeBatches([{ ...batch, bytes }], 0, { topic: "t", partition: 0, now: AT });
    queue.push({ ...segment(0, 0, 1), records });
    expect(queue.hasRoom).toBe(false);
    queue.done(queue.take(10));
    expect(queue.hasRoom).toBe(true);
  });

  it("drops what waits of one partition and nothing else", () => {
    const queue = new SegmentQueue({ records: 100, bytes: 1 << 20 }, new AbortController().signal);
    queue.push(segment(0, 0, 2));
    queue.push(segment(1, 0, 3));
    queue.push(segment(0, 2, 2));
    queue.drop(0);
    expect(queue.isDrained(0)).toBe(true);
    expect(queue.take(100).map((s) => s.partition)).toEqual([1]);
  });

  it("wakes who waits when it is told to end", async () => {
    const end = new AbortController();
    const queue = new SegmentQueue({ records: 1, bytes: 1 }, end.signal);
    const waiting = queue.change();
    end.abort();
    await waiting;
  });
});
