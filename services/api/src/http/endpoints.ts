import type { LiveStats } from "@pulseboard/contract";
import type pg from "pg";
import type { Config } from "../config.ts";
import type { EventProducer } from "../events/producer.ts";
import type { Exporter } from "../export/exporter.ts";
import { bearer, type KeyRing } from "../keys/keyRing.ts";
import type { LivePolls } from "../live/polls.ts";
import type { Metrics } from "../metrics.ts";
import type { Readiness } from "../readiness.ts";
import type { TopAuthors } from "../readModels/authorList/topAuthors.ts";
import type { Reader } from "../readModels/reader.ts";
import { createAnalyticsEndpoints } from "./analytics.ts";
import { demandScope } from "./auth.ts";
import type { Endpoint } from "./endpoint.ts";
import type { RateLimits } from "./rateLimit.ts";
import { aboutRoute } from "./routes/about.ts";
import { analyticsRoutes, type ZonedQuestions } from "./routes/analytics.ts";
import { catalogueRoutes } from "./routes/catalogue.ts";
import { eventsRoute } from "./routes/events.ts";
import { exportRoute } from "./routes/export.ts";
import { healthRoutes } from "./routes/health.ts";
import { type ListQuestions, listRoutes } from "./routes/lists.ts";
import { livePollRoutes } from "./routes/livePoll.ts";
import { liveStatsRoute } from "./routes/liveStats.ts";
import { rejectedRoute } from "./routes/rejected.ts";
import { rootRoute } from "./routes/root.ts";

export interface EndpointParts {
  config: Config;
  metrics: Metrics;
  keys: KeyRing;
  limits: RateLimits;
  reader: Reader;
  readiness: Readiness;
  zoned: ZonedQuestions;
  lists: ListQuestions;
  topAuthors: TopAuthors;
  liveStats: () => Promise<LiveStats>;
  polls: LivePolls;
  producer: EventProducer;
  exporter: Exporter;
  readPool: pg.Pool;
  /** Of connections that may write the catalogue. */
  writePool: pg.Pool;
}

/** Everything that answers over HTTP, but for the pages (/docs, /dashboard). */
export function createEndpoints(parts: EndpointParts): Endpoint[] {
  const { config, metrics, reader, readiness } = parts;
  const needsKey = config.readAccess === "key";
  const cacheControl = needsKey ? "private, no-cache" : "no-cache";
  const answer = createAnalyticsEndpoints(reader, cacheControl);
  const endpoints = [
    ...analyticsRoutes(answer, parts.zoned, parts.topAuthors),
    ...listRoutes(answer, parts.lists),
    liveStatsRoute(parts.liveStats, cacheControl),
    ...livePollRoutes({
      polls: parts.polls,
      clientOf: parts.limits.clientOf,
      // As of a socket: whom its key speaks for, where one is needed.
      async holderOf(request) {
        const identity = needsKey ? await parts.keys.identifyRequest(request) : undefined;
        return parts.limits.clientOf(request, identity);
      },
      admit: needsKey ? (request) => demandScope(parts.keys, bearer(request), "read") : undefined,
    }),
    eventsRoute(parts.producer, metrics),
    ...catalogueRoutes(parts.writePool),
    exportRoute(parts.exporter),
    rejectedRoute(parts.readPool),
    ...healthRoutes(readiness, metrics.registry),
  ];
  const all = [...endpoints, aboutRoute(parts.readPool, endpoints, cacheControl)];
  return [...all, rootRoute(readiness, all)];
}
