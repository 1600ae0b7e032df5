import { describe, expect, it } from "vitest";
import { type Fetched, PartitionReader } from "../src/consume/partitionReader.ts";
import { judge } from "../src/consume/proof.ts";
import { type Message, markOf } from "../src/decode/record.ts";

const message = (offset: number, text = `value ${offset}`): Message => ({
  key: Buffer.from("1"),
  value: Buffer.from(text),
  timestamp: 1_700_000_000_000 + offset,
  offset,
});
const fetched = (...messages: Message[]): Fetched => ({
  length: messages.length,
  offset: (index) => messages[index]!.offset,
  message: (index) => messages[index]!,
});
/** Behind every fetch that is not said to end. */
const END = 1_000;
const at = (next: number) => ({ log: 1, next, last: markOf(message(next - 1)), floor: 0 });

describe("a partition", () => {
  it("accepts nothing until a proof has begun, and nothing again after a doubt", () => {
    const reader = new PartitionReader();
    expect(reader.offer(10, fetched(message(10)), END).verdict).toBe("refused");
    reader.begin(at(10), undefined);
    expect(reader.offer(10, fetched(message(10)), END).verdict).toBe("accepted");
    reader.doubt();
    expect(reader.offer(10, fetched(message(10)), END).verdict).toBe("refused");
  });

  it("is proved by the last record passed, and reads on behind it", () => {
    const reader = new PartitionReader();
    expect(reader.begin(at(10), 9)).toBe(9);
    expect(reader.offer(9, fetched(message(9)), END)).toEqual({ verdict: "accepted", log: 1, start: 10 });
  });

  it.each([
    ["another value", message(9, "another")],
    ["another time", { ...message(9), timestamp: 5 }],
    ["another key", { ...message(9), key: null }],
    ["gone, and a later one stands first", message(12)],
  ])("is another log when the last record passed has %s", (_, first) => {
    const reader = new PartitionReader();
    reader.begin(at(10), 9);
    expect(reader.offer(9, fetched(first), END).verdict).toBe("other log");
    expect(reader.isReading).toBe(false);
  });

  it("lets fetches from before the seek pass by, but doubts when they go on", () => {
    const reader = new PartitionReader();
    reader.begin(at(10), 9);
    expect(reader.offer(3, fetched(message(3)), END).verdict).toBe("refused");
    expect(reader.offer(5, fetched(message(5)), END).verdict).toBe("refused");
    expect(reader.offer(7, fetched(message(7)), END).verdict).toBe("doubt");
  });

  it("is proved across offsets without a record, however many fetches these take", () => {
    const reader = new PartitionReader();
    const holes = { ...at(10), next: 15 };
    expect(reader.begin(holes, 9)).toBe(9);
    expect(reader.offer(9, fetched(message(9)), 10).verdict).toBe("refused");
    expect(reader.offer(10, fetched(), 13).verdict).toBe("refused");
    expect(reader.offer(13, fetched(message(15)), 20)).toEqual({ verdict: "accepted", log: 1, start: 15 });
  });

  it("of which no record was passed is another log when one stands before its next offset", () => {
    const passed = { log: 1, next: 5, last: undefined, floor: 2 };
    const reader = new PartitionReader();
    expect(reader.begin(passed, 2)).toBe(2);
    expect(reader.offer(2, fetched(message(4)), 8).verdict).toBe("other log");
    reader.begin(passed, 2);
    expect(reader.offer(2, fetched(message(5)), 8)).toEqual({ verdict: "accepted", log: 1, start: 5 });
  });

  it("is another log when a record stands where none was passed behind the last one, in the same fetch or a later one", () => {
    const passed = { ...at(10), next: 15 };
    const reader = new PartitionReader();
    reader.begin(passed, 9);
    expect(reader.offer(9, fetched(message(9), message(10)), 18).verdict).toBe("other log");
    reader.begin(passed, 9);
    expect(reader.offer(9, fetched(message(9), message(14)), 15).verdict).toBe("other log");
    reader.begin(passed, 9);
    expect(reader.offer(9, fetched(message(9)), 12).verdict).toBe("refused");
    expect(reader.offer(12, fetched(message(13), message(14)), 18).verdict).toBe("other log");
    reader.begin(passed, 9);
    expect(reader.offer(9, fetched(message(9), message(15)), 18)).toEqual({
      verdict: "accepted",
      log: 1,
      start: 15,
    });
  });

  it("whose last record passed is no longer held is proved by the offsets behind it", () => {
    const passed = { ...at(10), next: 15 };
    const reader = new PartitionReader();
    expect(reader.begin(passed, 12)).toBe(12);
    expect(reader.offer(12, fetched(message(14)), 18).verdict).toBe("other log");
    reader.begin(passed, 12);
    expect(reader.offer(12, fetched(message(15)), 18).verdict).toBe("accepted");
  });

  it("refuses a fetch that began elsewhere: behind it is a redelivery, ahead of it a hole", () => {
    for (const elsewhere of [0, 9, 11]) {
      const reader = new PartitionReader();
      reader.begin(at(10), undefined);
      expect(reader.offer(elsewhere, fetched(message(elsewhere)), END).verdict).toBe("doubt");
    }
  });

  it("follows the ends of what it accepted", () => {
    const reader = new PartitionReader();
    reader.begin(at(10), undefined);
    reader.advance(25);
    expect(reader.position).toEqual({ log: 1, next: 25 });
    expect(reader.offer(25, fetched(message(25)), END).verdict).toBe("accepted");
  });
});

describe("what fetches tell of a log", () => {
  const reading = () => {
    const reader = new PartitionReader();
    reader.begin(at(10), undefined);
    const note = (log: { low?: number; stable?: number; high: number }, now: number) =>
      reader.note({ topic: "t", partition: 0, askedAt: 0, low: 0, stable: log.high, ...log }, now);
    return { reader, note };
  };

  it("raises a doubt when an end of the log has moved back, or lies before what was read", () => {
    const { reader, note } = reading();
    expect(note({ high: 9 }, 1)).toBe(false);
    expect(note({ low: 5, high: 30 }, 1)).toBe(true);
    expect(note({ low: 5, high: 29 }, 2)).toBe(false);
    expect(note({ low: 4, high: 30 }, 2)).toBe(false);
    reader.begin(at(10), undefined); // proved anew
    expect(note({ low: 4, high: 29 }, 3)).toBe(true);
  });

  it("accounts for nothing that waits behind an open transaction, and says since when it waits", () => {
    const { reader, note } = reading();
    note({ high: 10 }, 1_000);
    expect([reader.watermark, reader.waitsForTransaction]).toEqual([1_000, undefined]);
    note({ stable: 10, high: 20 }, 2_000);
    expect([reader.watermark, reader.backlog]).toEqual([1_000, 0]);
    const since = reader.waitsForTransaction;
    expect(since!.time.getTime()).toBeGreaterThan(Date.now() - 10_000);
    expect(since!.at).toBeGreaterThan(performance.now() - 10_000); // measured by a clock that is never set
    note({ stable: 10, high: 30 }, 3_000);
    expect(reader.waitsForTransaction).toBe(since);
    note({ stable: 30, high: 30 }, 4_000);
    expect([reader.watermark, reader.backlog]).toEqual([1_000, 20]);
    reader.advance(20);
    expect(reader.watermark).toBe(2_000);
    reader.advance(30);
    expect([reader.watermark, reader.waitsForTransaction]).toEqual([4_000, undefined]);
  });

  it("says nothing of up to when a log is accounted for that was doubted since", () => {
    const { reader, note } = reading();
    note({ high: 10 }, 1_000);
    reader.doubt();
    reader.begin(at(10), 9);
    expect(reader.watermark).toBeUndefined();
  });
});

describe("the bounds of a log", () => {
  it("tell a new log by an end before what was read", () => {
    expect(judge(at(10), { low: 0, stable: 9 })).toBe("new log");
    expect(judge(at(10), { low: 0, stable: 10 })).toBe("ask");
  });

  it("leave nothing to ask when the last record is gone, or nothing was ever read", () => {
    expect(judge(at(10), { low: 10, stable: 20 })).toBe("unprovable");
    expect(judge({ ...at(10), next: 15 }, { low: 10, stable: 20 })).toBe("ask");
    expect(judge({ log: 1, next: 0, last: undefined, floor: 0 }, { low: 0, stable: 20 })).toBe("unprovable");
    expect(judge({ log: 1, next: 5, last: undefined, floor: 2 }, { low: 5, stable: 20 })).toBe("unprovable");
    expect(judge({ log: 1, next: 5, last: undefined, floor: 2 }, { low: 3, stable: 20 })).toBe("ask");
  });

  it("tell a new log by a start below the one that was seen, since the start of a log never falls", () => {
    expect(judge({ log: 1, next: 40, last: undefined, floor: 40 }, { low: 0, stable: 100 })).toBe("new log");
    expect(judge({ ...at(50), floor: 40 }, { low: 0, stable: 100 })).toBe("new log");
    expect(judge({ ...at(50), floor: 40 }, { low: 45, stable: 100 })).toBe("ask");
  });
});
