import type { Request, RequestHandler } from "express";
import type { Metrics } from "../metrics.ts";

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]);

/** The route's pattern, never the path itself: that would be a series per post. */
const routeName = (request: Request): string =>
  request.route?.path ?? (request.originalUrl.startsWith("/dashboard") ? "/dashboard" : "unmatched");

export const measureRequests =
  (metrics: Metrics): RequestHandler =>
  (request, response, next) => {
    const end = metrics.requestSeconds.startTimer();
    response.once("close", () =>
      end({
        route: routeName(request),
        method: METHODS.has(request.method) ? request.method : "other",
        status: response.statusCode,
      }),
    );
    next();
  };
