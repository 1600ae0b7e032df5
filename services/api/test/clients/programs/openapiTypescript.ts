// The types that openapi-typescript makes, called by openapi-fetch.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/schema";

const [baseUrl = "", key = ""] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${key}` };
const client = createClient<paths, "application/json">({ baseUrl, headers });

const trending = await client.GET("/analytics/trending", { params: { query: { window: "24h", limit: 5 } } });
const first: components["schemas"]["TrendingRow"] | undefined = trending.data?.[0];
const id: number | string | undefined = first?.id;
assert.equal(typeof id, "number");

const like: components["schemas"]["EngagementEvent"] = { type: "like", post_id: 1 };
const { data } = await client.POST("/events", { body: [like, { type: "share", post_id: 2 }] });
assert.equal(data?.accepted, 2);

// @ts-expect-error An item of the array has to be an event.
export const wrong: components["schemas"]["EventsBody"] = [{ type: "like" }];
