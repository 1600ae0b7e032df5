import type { Logger } from "@pulseboard/runtime";
import express, { type Express, type RequestHandler } from "express";
import helmet from "helmet";
import { requireScope } from "./auth.ts";
import { compressAnswers } from "./compression.ts";
import { type Endpoint, expressPath } from "./endpoint.ts";
import { createEndpoints, type EndpointParts } from "./endpoints.ts";
import { createOpenApi } from "./openapi.ts";
import { cors, createOriginCheck } from "./origins.ts";
import { HttpProblem, handleErrors, notFound } from "./problem.ts";
import { measureRequests } from "./requestMetrics.ts";
import { dashboardRoutes } from "./routes/dashboard.ts";
import { docsRoutes } from "./routes/docs.ts";
import { boundRequests, contentSecurityPolicy } from "./security.ts";

export interface AppParts extends EndpointParts {
  logger: Logger;
}

/** Every path with all its methods; any other method is answered 405. */
function mount(
  app: Express,
  endpoints: readonly Endpoint[],
  guard: (endpoint: Endpoint) => RequestHandler[],
) {
  for (const [path, methods] of Object.entries(groupByPath(endpoints))) {
    const route = app.route(expressPath(path));
    for (const endpoint of methods) route[endpoint.method](...guard(endpoint), ...endpoint.handlers);
    const names = methods.map(({ method }) => (method === "get" ? "GET, HEAD" : method.toUpperCase()));
    route.all((request) => {
      throw new HttpProblem(405, `${request.method} is not possible here`, {
        headers: { Allow: names.join(", ") },
      });
    });
  }
}

function groupByPath(endpoints: readonly Endpoint[]): Record<string, Endpoint[]> {
  const paths: Record<string, Endpoint[]> = {};
  for (const endpoint of endpoints) paths[endpoint.path] = [...(paths[endpoint.path] ?? []), endpoint];
  return paths;
}

/** The HTTP side of the API. */
export function createApp(parts: AppParts): Express {
  const { config, logger, metrics, keys, limits } = parts;
  const everyReadNeedsKey = config.readAccess === "key";
  const endpoints = createEndpoints(parts);
  const guard = ({ access }: Endpoint): RequestHandler[] =>
    access === "open" || (access === "read" && !everyReadNeedsKey) ? [] : [requireScope(keys, access)];

  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("query parser", "simple");
  // One way to write each path: a proxy that keeps /metrics from the world keeps all of it, /Metrics/ too.
  app.enable("strict routing");
  app.enable("case sensitive routing");

  app.use(measureRequests(metrics, endpoints));
  app.use(helmet({ contentSecurityPolicy, strictTransportSecurity: false }));
  app.use(boundRequests);
  app.use(compressAnswers());

  mount(
    app,
    endpoints.filter(({ unlimited }) => unlimited),
    guard,
  );
  app.use("/dashboard", dashboardRoutes());
  app.use(cors(createOriginCheck(config.corsOrigins)));
  app.use(docsRoutes(() => createOpenApi(endpoints, everyReadNeedsKey)));
  app.use(limits.middleware);
  mount(
    app,
    endpoints.filter(({ unlimited }) => !unlimited),
    guard,
  );
  app.use(notFound);
  app.use(handleErrors(logger));
  return app;
}
