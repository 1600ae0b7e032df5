// The functions that @hey-api/openapi-ts makes.
import assert from "node:assert/strict";
import { client } from "./generated/client.gen";
import { type EngagementEvent, type EventsBody, postEvents, trending } from "./generated/index";

const [baseUrl = "", key = ""] = process.argv.slice(2);
client.setConfig({ baseUrl, auth: key });

const { data: rows } = await trending({ query: { window: "24h", limit: 5 } });
assert.ok(Array.isArray(rows));
const id: number | string | undefined = rows[0]?.id;
assert.equal(typeof id, "number");

const like: EngagementEvent = { type: "like", post_id: 1 };
const { data } = await postEvents({ body: [like, { type: "share", post_id: 2 }] });
assert.equal(data?.accepted, 2);

// @ts-expect-error An item of the array has to be an event.
export const wrong: EventsBody = [{ type: "like" }];
