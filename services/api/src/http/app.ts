import type { LiveStats, PatternCell, PatternsQuery } from "@pulseboard/contract";
import type { Logger } from "@pulseboard/runtime";
import express, { type Express, type RequestHandler } from "express";
import helmet from "helmet";
import type { Config } from "../config.ts";
import type { EventProducer } from "../events/producer.ts";
import type { Metrics } from "../metrics.ts";
import type { Readiness } from "../readiness.ts";
import type { Question, Reader } from "../readModels/reader.ts";
import { createAnalyticsAnswers } from "./analytics.ts";
import { type KeyRing, requireScope } from "./auth.ts";
import { cors, createOriginCheck } from "./origins.ts";
import { HttpProblem, handleErrors, notFound } from "./problem.ts";
import type { RateLimits } from "./rateLimit.ts";
import { measureRequests } from "./requestMetrics.ts";
import { dashboardRoutes } from "./routes/dashboard.ts";
import { engagementRoute } from "./routes/engagement.ts";
import { eventsRoute } from "./routes/events.ts";
import { healthzRoute, metricsRoute, readyzRoute } from "./routes/health.ts";
import { liveStatsRoute } from "./routes/liveStats.ts";
import { patternsRoute } from "./routes/patterns.ts";
import { rootRoute } from "./routes/root.ts";
import { trendingRoute } from "./routes/trending.ts";
import { contentSecurityPolicy } from "./security.ts";

export interface AppParts {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  keys: KeyRing;
  limits: RateLimits;
  reader: Reader;
  readiness: Readiness;
  patterns: Question<PatternsQuery, PatternCell[]>;
  liveStats: () => Promise<LiveStats>;
  producer: EventProducer;
}

/** Every HTTP endpoint. */
export function createApp(parts: AppParts): Express {
  const { config, logger, metrics, keys, limits, reader, readiness } = parts;
  const answers = createAnalyticsAnswers(reader, config.readAccess);
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("query parser", "simple");

  app.use(measureRequests(metrics));
  app.use(helmet({ contentSecurityPolicy, strictTransportSecurity: false }));

  /** The endpoint's one method; any other is answered 405. */
  const endpoint = (method: "get" | "post", path: string, ...handlers: RequestHandler[]) => {
    const allow = method === "get" ? "GET, HEAD" : "POST";
    app
      .route(path)
      [method](...handlers)
      .all((request) => {
        throw new HttpProblem(405, `${request.method} is not possible here`, { headers: { Allow: allow } });
      });
  };

  endpoint("get", "/healthz", healthzRoute);
  endpoint("get", "/readyz", readyzRoute(readiness));
  endpoint("get", "/metrics", metricsRoute(metrics.registry));
  app.use("/dashboard", dashboardRoutes());

  app.use(cors(createOriginCheck(config.corsOrigins)));
  app.use(limits.middleware);
  endpoint("get", "/", rootRoute(readiness));
  endpoint("post", "/events", requireScope(keys, "write"), ...eventsRoute(parts.producer, metrics));

  const read: RequestHandler[] = config.readAccess === "key" ? [requireScope(keys, "read")] : [];
  endpoint("get", "/engagement/:post_id", ...read, engagementRoute(answers));
  endpoint("get", "/analytics/engagement-patterns", ...read, patternsRoute(answers, parts.patterns));
  endpoint("get", "/analytics/trending", ...read, trendingRoute(answers));
  endpoint("get", "/live/stats", ...read, liveStatsRoute(answers, parts.liveStats));

  app.use(notFound);
  app.use(handleErrors(logger));
  return app;
}
