import fc from "fast-check";
import { expect, test } from "vitest";
import { type Client, Holders } from "../src/live/holders.ts";
import { LiveSet } from "../src/live/liveSet.ts";
import { UNREAD_SOURCE } from "./unreadSource.ts";

test("a client's count is always that of the sets which it alone holds", () => {
  const clients: Client[] = ["a", "b", "c", undefined];
  const sets = [1, 2, 3].map((limit) => new LiveSet("leaderboard", { limit }, UNREAD_SOURCE));
  const step = fc.record({ add: fc.boolean(), set: fc.nat(2), client: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const holders = new Holders();
      const held: [LiveSet, Client][] = [];
      for (const { add, ...at } of steps) {
        const [set, client] = [sets[at.set]!, clients[at.client]];
        const index = held.findIndex(([s, c]) => s === set && c === client);
        if (add) {
          holders.add(set, client);
          held.push([set, client]);
        } else {
          holders.remove(set, client);
          if (index >= 0) held.splice(index, 1);
        }
        for (const one of sets) expect(holders.isHeld(one)).toBe(held.some(([s]) => s === one));
        for (const one of clients) {
          const alone = sets.filter((s) => {
            const by = new Set(held.filter(([h]) => h === s).map(([, c]) => c));
            return by.size === 1 && by.has(one);
          });
          expect(holders.alone(one)).toBe(alone.length);
        }
      }
    }),
  );
});
