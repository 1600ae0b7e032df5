import { type About, about, type Channel } from "@pulseboard/contract";
import type pg from "pg";
import { INVARIANTS } from "../../about/invariants.ts";
import { readQueries } from "../../about/queries.ts";
import { readTables } from "../../about/tables.ts";
import { version } from "../../version.ts";
import { withinDeadline } from "../deadline.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import { sendJson } from "../format.ts";

/** The endpoint with the same data, by its id. */
const LIVE: Record<Channel, string> = {
  heatmap: "engagement_patterns",
  leaderboard: "trending",
  totals: "live_stats",
  overview: "overview",
  post: "post_engagement",
};
const channelOf = (id: string) => (Object.keys(LIVE) as Channel[]).find((channel) => LIVE[channel] === id);

/** @param endpoints those that it names */
export function aboutRoute(pool: pg.Pool, endpoints: readonly Endpoint[], cacheControl: string): Endpoint {
  const queries = readQueries();
  const named = endpoints.map(({ id, method, path, summary }) => ({
    ...{ method: method.toUpperCase(), path, summary },
    live: channelOf(id) ?? null,
  }));
  return defineEndpoint({
    method: "get",
    path: "/about",
    tag: "Operations",
    id: "about",
    summary: "What this is made of: tables, questions, endpoints, and what always holds",
    access: "read",
    answers: {
      200: { description: "As this process is", content: { "application/json": about } },
    },
    async handle(_input, _request, response) {
      const schema = await withinDeadline(readTables(pool));
      const answer: About = { version, schema, queries, endpoints: named, invariants: [...INVARIANTS] };
      response.set("Cache-Control", cacheControl);
      sendJson(response, JSON.stringify(answer));
    },
  });
}
