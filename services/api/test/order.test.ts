import fc from "fast-check";
import { expect, test } from "vitest";
import { PostColumns } from "../src/readModels/postList/columns.ts";
import { Groups } from "../src/readModels/postList/groups.ts";
import { Order } from "../src/readModels/postList/order.ts";
import { Orders } from "../src/readModels/postList/orders.ts";
import { SlotSet } from "../src/readModels/postList/slotSet.ts";
import { OutdatedSnapshot } from "../src/readModels/snapshot.ts";
import { createRandom } from "./rawAnswers.ts";

const AT_ONCE = Number.POSITIVE_INFINITY;
/** A turn of the event loop for each step. */
const STEPWISE = 0;

/** Tries until all is sorted; meanwhile is called while it is not. */
async function untilSorted<T>(attempt: () => T, meanwhile: () => void): Promise<T> {
  for (;;)
    try {
      return attempt();
    } catch (error) {
      if (!(error instanceof OutdatedSnapshot) || !error.until) throw error;
      meanwhile();
      await error.until;
    }
}

const sortedBy = (values: Float64Array, size: number, isDescending: boolean) =>
  Array.from({ length: size }, (_, slot) => slot).sort(
    (a, b) => (isDescending ? values[b]! - values[a]! : values[a]! - values[b]!) || a - b,
  );
function all(size: number): SlotSet {
  const set = new SlotSet(size);
  for (let slot = 0; slot < size; slot++) set.add(slot);
  return set;
}
const slotsOf = (order: Order, size: number) => order.page(all(size), undefined, 0, size + 1);

test.each([
  ["small counts with ties", (random: number) => Math.floor(random * 50)],
  ["counts up to 2^53", (random: number) => Math.floor(random ** 8 * (2 ** 53 - 1))],
  ["times before and after the epoch", (random: number) => Math.floor((random - 0.5) * 4e14)],
  ["one value", () => 7],
])("many posts are sorted as few are, ties by the lower id: %s", (_, value) => {
  const random = createRandom(3);
  const values = Float64Array.from({ length: 20_000 }, () => value(random()));
  for (const isDescending of [true, false]) {
    const order = new Order(isDescending, undefined, AT_ONCE);
    order.bringUp(values, values.length);
    const sorted = sortedBy(values, values.length, isDescending);
    expect(slotsOf(order, values.length)).toEqual(sorted);
    const slot = sorted[9_000]!;
    expect(order.placeOf(values[slot]!, slot)).toBe(9_000);
    expect(order.page(all(values.length), { key: values[slot]!, slot }, 3, 2)).toEqual(
      sorted.slice(9_003, 9_005),
    );
  }
});

test("many posts are sorted in many turns of the event loop, and what changes meanwhile takes its place", async () => {
  const size = 300_000;
  const random = createRandom(4);
  const values = new Float64Array(size + 10);
  for (let slot = 0; slot < size; slot++) values[slot] = Math.floor(random() ** 4 * 1_000_000);
  const order = new Order(true, undefined, STEPWISE);
  let turns = 0;
  let isSorted = false;
  const count = () => {
    turns++;
    if (!isSorted) setImmediate(count);
  };
  let all = size;
  await untilSorted(
    () => order.bringUp(values, all),
    () => {
      setImmediate(count);
      for (let more = 0; more < 10; more++) {
        values[more * 999] = 500_000 + more;
        order.mark(more * 999);
        values[all] = 100 * more;
        order.mark(all++);
      }
    },
  );
  isSorted = true;
  // Their values, how far these are apart, and two passes that count first: none goes through more than a fourth at once.
  expect(turns).toBeGreaterThan(6 * 4);
  expect(slotsOf(order, all)).toEqual(sortedBy(values, all, true));
});

test("what changed and what is new takes its place, whatever comes", () => {
  const change = fc.record({ slot: fc.nat(4_000), value: fc.nat(9) });
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.integer({ min: 1, max: 3_000 }),
      fc.array(fc.tuple(fc.array(change, { maxLength: 300 }), fc.nat(300)), { minLength: 1, maxLength: 6 }),
      (isDescending, first, rounds) => {
        const values = new Float64Array(5_000);
        let size = first;
        const order = new Order(isDescending, undefined, AT_ONCE);
        order.bringUp(values, size);
        for (const [changes, added] of rounds) {
          for (const { slot, value } of changes) {
            values[slot % size] = value;
            order.mark(slot % size);
          }
          for (let more = 0; more < added; more++) order.mark(size++);
          order.bringUp(values, size);
          const sorted = sortedBy(values, size, isDescending);
          expect(slotsOf(order, size)).toEqual(sorted);
          for (const slot of [0, size - 1])
            expect(order.placeOf(values[slot]!, slot)).toBe(sorted.indexOf(slot));
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("a rank in a category follows counts, categories, withdrawals and the day, also while posts are sorted", async () => {
  const columns = new PostColumns();
  const orders = new Orders(STEPWISE);
  const random = createRandom(5);
  const draw = (below: number) => Math.floor(random() * below);
  const put = (post_id: number) => {
    const { slot } = columns.put({
      ...{ post_id, author_id: 1, category: `category ${draw(40)}` },
      ...{ published: draw(10), withdrawn: draw(8) === 0 },
    });
    count(slot);
    return slot;
  };
  const count = (slot: number) =>
    columns.count(slot, {
      ...{ views: draw(30), reactions: draw(5) },
      ...{ last_5m: draw(2), last_1h: draw(3), last_24h: draw(4) },
    });
  const change = () => {
    for (let moved = 0; moved < 30; moved++) {
      const slot = draw(columns.size);
      count(slot);
      orders.counted(slot);
    }
    for (let changed = 0; changed < 10; changed++)
      orders.changed(columns, put(changed === 0 ? columns.size + 1 : 1 + draw(columns.size)));
  };
  for (let id = 1; id <= 900; id++) put(id);
  for (let round = 0; round < 40; round++) {
    // Days go on, and back with the clock.
    const recentFrom = round % 7;
    change();
    for (const column of ["engagements", "lastDay"] as const) {
      const { order, groups } = await untilSorted(() => orders.ranked(columns, column, recentFrom), change);
      for (const recentOnly of [false, true]) {
        const category = draw(columns.categories.values.length);
        const sorted = sortedBy(columns[column], columns.size, true).filter(
          (slot) =>
            columns.category[slot] === category &&
            columns.withdrawn[slot] === 0 &&
            (!recentOnly || columns.published[slot]! >= recentFrom),
        );
        const ranking = order.among(groups.ofCategory(category, { recentOnly }));
        expect(ranking.total).toBe(sorted.length);
        expect(sorted.map((_, rank) => ranking.at(rank))).toEqual(sorted);
        expect(sorted.map((slot) => ranking.above(columns[column][slot]!, slot))).toEqual([...sorted.keys()]);
      }
    }
  }
  expect(
    new Groups(
      () => {},
      () => {},
    ).ofCategory(-1),
  ).toEqual([]);
});
