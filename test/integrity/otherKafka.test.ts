import { expect, it } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { runToEnd } from "../support/command.ts";
import { createTestDatabase } from "../support/database.ts";
import { Ledger } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";

const AT = Date.UTC(2026, 10, 1, 12);

it("after a move to a mirror of the topic, what counted again is said, counted and listed", async () => {
  const { url } = await createTestDatabase();
  const repeats = (...args: string[]) =>
    runToEnd("services/ingest/src/repeats/main.ts", ["list", ...args], { DATABASE_URL: url });
  // Two of these bring no id; the mirror keeps their times and not their offsets.
  const messages = [1, 2, 3].map((post) => ({
    key: String(post),
    partition: 0,
    timestamp: String(AT + post),
    value: JSON.stringify({
      type: "like",
      post_id: post,
      ...(post === 3 && { event_id: "0198c0de-0000-7000-8000-000000000003" }),
      engaged_timestamp: new Date(AT + post).toISOString(),
    }),
  }));
  const first = await startTestBroker();
  const pipeline = await Pipeline.open(url, first.address);
  const ledger = await Ledger.open(first.address, Pipeline.POSTS);
  await pipeline.createTopic();
  const before = await pipeline.startIngest();
  await ledger.send([{ value: "{}", partition: 0 }, ...messages]);
  await pipeline.settled();
  await before.stop();
  expect((await repeats()).stdout).toMatch(/one log only: nothing can have been counted again/);

  const mirror = await startTestBroker();
  const moved = await Pipeline.over(url, mirror.address);
  await moved.createTopic();
  await (await Ledger.open(mirror.address, Pipeline.POSTS)).send(messages);
  const after = await moved.startIngest();
  await moved.settled();
  expect(await moved.storedRows()).toBe(5);
  const said = after.logs.filter((line) => line.includes("new log:"));
  expect(said[0]).toContain(
    "events without an event_id of their own that were counted from the old log count again",
  );
  expect(said[0]).toContain("npm run repeats");

  const { status, stdout, stderr } = await repeats("--json");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const listing = JSON.parse(stdout);
  expect(listing).toMatchObject({ suspected: 2, same_message_time: 2 });
  expect(listing.newest).toMatchObject(
    [2, 1].map((post) => ({ post_id: post, type: "like", rows: 2, same_message_time: 1 })),
  );
  const { stdout: text } = await repeats("--limit", "1");
  expect(text).toMatch(
    /^logs that are over: engagements\/0\/1 until .*\n2 engagements suspected, 2 of equal message time\n/,
  );
  expect(text.trim().split("\n")).toHaveLength(5);
  expect(await repeats("--limit", "0")).toMatchObject({
    status: 1,
    stderr: "--limit: expected an integer from 1 to 1000; see --help\n",
  });
});
