import { expect, onTestFinished, test } from "vitest";
import { until } from "../../../test/support/until.ts";
import { DatabaseTimeout, fakeHub } from "./fakeHub.ts";

test("who joins at the newest version costs no reading, and the others are sent nothing for it", async () => {
  const { hub, reads } = fakeHub();
  const { set } = hub.hold("leaderboard", { limit: 1 }, "a");
  const first = await hub.answer(set);
  let offers = 0;
  const subscriber = { set, params: {}, json: first.json, sent: first.data, offer: () => offers++ };
  set.subscribers.add(subscriber);
  const before = reads.length;
  for (let join = 0; join < 1_000; join++) {
    const { set: same, isNew } = hub.hold("leaderboard", { limit: 1 }, `client ${join}`);
    expect({ same: same === set, isNew }).toEqual({ same: true, isNew: false });
    expect(await hub.answer(same)).toMatchObject({ json: first.json });
  }
  expect({ reads: reads.length - before, offers }).toEqual({ reads: 0, offers: 0 });
});

test("totals and leaderboards never wait for more than a few slow heatmaps", async () => {
  const { hub, reads, bump } = fakeHub({ readMs: { heatmap: 30 } });
  hub.hold("totals", {}, "a");
  hub.hold("leaderboard", {}, "a");
  for (let author = 1; author <= 30; author++) hub.hold("heatmap", { author_id: author }, "a");
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
});

test("a set that keeps timing out rests, and the others go on", async () => {
  const { hub, reads, bump } = fakeHub({ fails: { heatmap: new DatabaseTimeout() } });
  hub.hold("totals", {}, "a");
  hub.hold("overview", {}, "a");
  hub.hold("heatmap", {}, "a");
  await until(() => reads.filter((read) => read === "heatmap").length > 0);
  const before = reads.length;
  const bumping = setInterval(bump, 20);
  onTestFinished(() => clearInterval(bumping));
  await until(() => reads.slice(before).filter((read) => read === "totals").length >= 10);
  expect(reads.filter((read) => read === "heatmap")).toHaveLength(1);
});

test("a database that is away gives no set a rest", async () => {
  const { hub, reads, mend } = fakeHub({ fails: { totals: new DatabaseTimeout() } });
  hub.hold("totals", {}, "a");
  await until(() => reads.length >= 2);
  mend();
  const before = reads.length;
  await until(() => reads.length > before, { timeoutMs: 2_000 });
});
