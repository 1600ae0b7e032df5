// The functions that orval makes for fetch.
import assert from "node:assert/strict";
import { type EngagementEvent, type EventsBody, postEvents, trending } from "./generated/client";

const [, key = ""] = process.argv.slice(2);

const answer = await trending({ window: "24h", limit: 5 });
assert.equal(answer.status, 200);
assert.ok(Array.isArray(answer.data));
const id: number | string | undefined = answer.data[0]?.id;
assert.equal(typeof id, "number");

const like: EngagementEvent = { type: "like", post_id: 1 };
// orval sets no Content-Type where an operation takes more than one.
const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
const posted = await postEvents([like, { type: "share", post_id: 2 }], { headers });
assert.equal(posted.status, 202);
assert.equal(posted.data.accepted, 2);

// @ts-expect-error An item of the array has to be an event.
export const wrong: EventsBody = [{ type: "like" }];
