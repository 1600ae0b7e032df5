import { readFileSync } from "node:fs";
import type { RequestHandler } from "express";
import type { Readiness } from "../../readiness.ts";

const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const LINKS = {
  dashboard: "/dashboard/",
  engagement: "/engagement/{post_id}?period=7d|30d|90d|all",
  engagement_patterns: "/analytics/engagement-patterns?day_of_week=0..6&tz=&category=&author_id=",
  trending: "/analytics/trending?window=5m|1h|24h&by=posts|authors|categories&limit=1..100",
  live_stats: "/live/stats",
  events: "/events",
  live: "/socket.io",
  healthz: "/healthz",
  readyz: "/readyz",
  metrics: "/metrics",
};

/** GET / */
export const rootRoute =
  (readiness: Readiness): RequestHandler =>
  async (_request, response) => {
    const { status } = await readiness();
    response
      .set("Cache-Control", "no-cache")
      .json({ name: "pulseboard", version, health: status, links: LINKS });
  };
