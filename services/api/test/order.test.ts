import fc from "fast-check";
import { expect, test } from "vitest";
import { Order } from "../src/readModels/postList/order.ts";
import { createRandom } from "./rawAnswers.ts";

const sortedBy = (values: Float64Array, size: number, isDescending: boolean) =>
  Array.from({ length: size }, (_, slot) => slot).sort(
    (a, b) => (isDescending ? values[b]! - values[a]! : values[a]! - values[b]!) || a - b,
  );

test.each([
  ["small counts with ties", (random: number) => Math.floor(random * 50)],
  ["counts up to 2^53", (random: number) => Math.floor(random ** 8 * (2 ** 53 - 1))],
  ["times before and after the epoch", (random: number) => Math.floor((random - 0.5) * 4e14)],
  ["one value", () => 7],
])("many posts are sorted as few are, ties by the lower id: %s", (_, value) => {
  const random = createRandom(3);
  const values = Float64Array.from({ length: 20_000 }, () => value(random()));
  for (const isDescending of [true, false]) {
    const order = new Order(isDescending);
    order.bringUp(values, values.length);
    expect([...order.slots]).toEqual(sortedBy(values, values.length, isDescending));
    expect(order.keys[100]).toBe(values[order.slots[100]!]);
  }
});

test("what changed and what is new is merged in, whatever comes", () => {
  const change = fc.record({ slot: fc.nat(60), value: fc.nat(9) });
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.tuple(fc.array(change, { maxLength: 12 }), fc.nat(3)), { minLength: 1, maxLength: 6 }),
      (isDescending, first, rounds) => {
        const values = new Float64Array(100);
        let size = first;
        const order = new Order(isDescending);
        order.bringUp(values, size);
        for (const [changes, added] of rounds) {
          for (const { slot, value } of changes) {
            values[slot % size] = value;
            order.mark(slot % size);
          }
          for (let more = 0; more < added; more++) order.mark(size++);
          order.bringUp(values, size);
          expect([...order.slots]).toEqual(sortedBy(values, size, isDescending));
          for (const slot of [0, size - 1]) {
            const place = order.placeOf(values[slot]!, slot);
            expect(order.slots[place]).toBe(slot);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});
