import { expect, onTestFinished, test } from "vitest";
import { until } from "../../../test/support/until.ts";
import { fakeHub } from "./fakeHub.ts";

test("who joins at the newest version costs no reading, and the others are sent nothing for it", async () => {
  const { hub, reads } = fakeHub();
  const set = hub.hold("leaderboard", { limit: 1 }, "a");
  const first = await hub.answer(set);
  let offers = 0;
  const subscriber = { set, params: {}, json: first.json, sent: first.data, offer: () => offers++ };
  set.subscribers.add(subscriber);
  const before = reads.length;
  for (let join = 0; join < 1_000; join++) {
    const same = hub.hold("leaderboard", { limit: 1 }, `client ${join}`);
    expect(same).toBe(set);
    expect(await hub.answer(same)).toMatchObject({ json: first.json });
  }
  expect({ reads: reads.length - before, offers }).toEqual({ reads: 0, offers: 0 });
});

test("totals and leaderboards never wait for more than a few slow heatmaps", async () => {
  const { hub, reads, bump, open } = fakeHub({ readMs: { heatmap: 30 } });
  await open("totals");
  await open("leaderboard");
  for (let author = 1; author <= 30; author++) await open("heatmap", { author_id: author });
  reads.length = 0;
  const heatmaps = () => new Set(reads.filter((read) => read.startsWith("heatmap")));
  const bumping = setInterval(bump, 50);
  onTestFinished(() => clearInterval(bumping));
  await until(heatmaps, { is: ({ size }) => size === 30, what: "each heatmap to have its turn" });
  const between = reads
    .join(" ")
    .split(/totals\S*/)
    .map((part) => part.match(/heatmap/g)?.length ?? 0);
  // 100 ms of them, of 30 ms each.
  expect(Math.max(...between.slice(1))).toBeLessThanOrEqual(4);
  expect(hub.size()).toBe(32);
});

test("sets that come and go do not keep those that stay from their turn", async () => {
  const { hub, reads, bump, open } = fakeHub({ readMs: { heatmap: 60 } });
  await open("overview");
  let author = 0;
  const coming = setInterval(async () => {
    const set = hub.hold("heatmap", { author_id: ++author }, "b");
    await hub.answer(set);
    hub.release(set, "b");
  }, 20);
  onTestFinished(() => clearInterval(coming));
  for (let turn = 0; turn < 3; turn++) {
    const before = reads.filter((read) => read === "overview ").length;
    bump();
    await until(() => reads.filter((read) => read === "overview ").length > before);
  }
});

test.each([["totals"], ["heatmap"]] as const)(
  "a heatmap that keeps timing out rests, behind %s",
  async (other) => {
    const { reads, bump, open, fail } = fakeHub();
    await open(other, { limit: 1 });
    await open("heatmap");
    fail("heatmap ");
    reads.length = 0;
    const bumping = setInterval(bump, 20);
    onTestFinished(() => clearInterval(bumping));
    await until(() => reads.filter((read) => read !== "heatmap ").length >= 10);
    // At most once before others were read in the same snapshot, and then once more.
    expect(reads.filter((read) => read === "heatmap ").length).toBeLessThanOrEqual(2);
  },
);

test("a database that is away gives no set a rest", async () => {
  const { reads, bump, open, fail } = fakeHub();
  await open("totals");
  fail("totals ");
  reads.length = 0;
  bump();
  await until(() => reads.length >= 2);
  fail(undefined);
  const before = reads.length;
  await until(() => reads.length > before, { timeoutMs: 2_000 });
});

test("a subscription that is refused costs no reading", async () => {
  const { hub, reads } = fakeHub();
  for (let limit = 1; limit <= 50; limit++) hub.hold("leaderboard", { limit }, "a");
  expect(() => hub.hold("leaderboard", { limit: 51 }, "a")).toThrow("at most 50");
  expect({ sets: hub.size(), reads: reads.length }).toEqual({ sets: 50, reads: 0 });
});
