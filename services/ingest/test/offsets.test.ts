import { transaction } from "@pulseboard/runtime";
import { expect, it } from "vitest";
import { type Counts, Offsets, OffsetsMoved, type Step } from "../src/write/offsets.ts";
import { createWriteDatabase } from "./writeFixture.ts";

const HOUR_MS = 3_600_000;

async function open() {
  const { pool } = await createWriteDatabase();
  const offsets = new Offsets(pool, "t");
  await offsets.open(0, 0);
  const move = (step: Partial<Step> & { log: number; start: number; end: number }) => {
    const skipped = step.end - step.start;
    const counts: Counts = { partition: 0, stored: 0, rejected: 0, duplicates: 0, skipped };
    const whole = { partition: 0, last: undefined, watermark: undefined, ...step };
    return transaction(pool, (client) => offsets.move(client, [whole], new Map([[0, counts]])));
  };
  const clock = async (): Promise<number> =>
    (await pool.query("select extract(epoch from clock_timestamp())::float8 * 1000 as ms")).rows[0].ms;
  const watermark = async (): Promise<number | null> =>
    (await pool.query("select extract(epoch from watermark)::float8 * 1000 as ms from ingest_offsets"))
      .rows[0].ms;
  return { pool, offsets, move, clock, watermark };
}

it("a stale batch of the old log that starts exactly where the next log stands moves nothing", async () => {
  const { offsets, move } = await open();
  await move({ log: 1, start: 0, end: 5 });
  const position = (await offsets.read([0])).get(0)!;
  expect(await offsets.beginNextLog(0, position, 0)).toBe(true);
  await move({ log: 2, start: 0, end: 5 });
  await expect(move({ log: 1, start: 5, end: 9 })).rejects.toThrow(OffsetsMoved);
  await offsets.renewWatermarks([{ partition: 0, log: 1, next: 5, watermark: 1 }]);
  expect(await offsets.recordGap(0, 1, 5, 9)).toBe(false);
  expect(await offsets.beginNextLog(0, { ...position, log: 1 }, 0)).toBe(false);
  expect(await offsets.places()).toEqual(new Map([[0, { log: 2, next: 5 }]]));
  await move({ log: 2, start: 5, end: 9 });
  expect(await offsets.places()).toEqual(new Map([[0, { log: 2, next: 9 }]]));
});

it("a watermark is renewed only where everything before it is written, in the log that was meant", async () => {
  const { offsets, move, watermark } = await open();
  await move({ log: 1, start: 0, end: 5, watermark: 1_000 });
  for (const elsewhere of [
    { log: 1, next: 6 },
    { log: 1, next: 4 },
    { log: 2, next: 5 },
  ])
    await offsets.renewWatermarks([{ partition: 0, ...elsewhere, watermark: 2_000 }]);
  expect(await watermark()).toBe(1_000);
  await offsets.renewWatermarks([{ partition: 0, log: 1, next: 5, watermark: 3_000 }]);
  await offsets.renewWatermarks([{ partition: 0, log: 1, next: 5, watermark: 2_000 }]);
  expect(await watermark()).toBe(3_000);
});

it("a partition of which nobody knows up to when it is accounted for has no watermark, whatever is passed", async () => {
  const { offsets, move, watermark } = await open();
  await move({ log: 1, start: 0, end: 5 });
  expect(await watermark()).toBeNull();
  await move({ log: 1, start: 5, end: 6, watermark: 1_000 });
  expect(await watermark()).toBe(1_000);
  await offsets.beginNextLog(0, (await offsets.read([0])).get(0)!, 0);
  expect(await watermark()).toBeNull();
});

it("a watermark that is ahead of the database's clock never enters, and gives way to one that is not", async () => {
  const { pool, offsets, move, clock, watermark } = await open();
  const ahead = async () =>
    pool.query("update ingest_offsets set watermark = clock_timestamp() + interval '2 hours'");
  await move({ log: 1, start: 0, end: 5, watermark: Math.floor(await clock()) + HOUR_MS });
  expect(await watermark()).toBeNull();
  await ahead();
  await move({ log: 1, start: 5, end: 6, watermark: 1_000 });
  expect(await watermark()).toBe(1_000);
  await ahead();
  await offsets.renewWatermarks([{ partition: 0, log: 1, next: 6, watermark: 2_000 }]);
  expect(await watermark()).toBe(2_000);
});

it("a watermark of before the clock was set back says the same by the clock of now, or nothing where no step is known", async () => {
  const { pool, offsets, clock, watermark } = await open();
  const aheadBy = (interval: string) =>
    pool.query("update ingest_offsets set watermark = clock_timestamp() + $1::interval", [interval]);
  // Nobody reads the partition: it was accounted for ten minutes before the clock went back, by two hours.
  await aheadBy("110 minutes");
  await offsets.renewWatermarks([], [2 * HOUR_MS, 5 * HOUR_MS]);
  const behind = (await clock()) - (await watermark())!;
  expect(behind).toBeGreaterThanOrEqual(HOUR_MS / 6);
  expect(behind).toBeLessThan(HOUR_MS / 4);
  await aheadBy("3 hours");
  await offsets.renewWatermarks([], [2 * HOUR_MS]);
  expect(await watermark()).toBeNull();
});
