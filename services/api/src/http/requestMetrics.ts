import type { Request, RequestHandler } from "express";
import { ANSWER_CLASSES, type Metrics } from "../metrics.ts";
import { type Endpoint, expressPath } from "./endpoint.ts";

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]);

/** The route's pattern, never the path itself: that would be a series per post. */
const routeName = (request: Request): string =>
  request.route?.path ?? (request.originalUrl.startsWith("/dashboard") ? "/dashboard" : "unmatched");

/** Readiness, whose 503 is an answer like another. */
const READYZ = "/readyz";

/** Measures each request. What an alert watches is there at 0 from the start, so that the first failure is a rise. */
export function measureRequests(
  { requestSeconds, httpAnswers }: Metrics,
  endpoints: readonly Endpoint[],
): RequestHandler {
  for (const answered of ANSWER_CLASSES) httpAnswers.inc({ class: answered }, 0);
  for (const { method, path } of endpoints)
    requestSeconds.zero({ route: expressPath(path), method: method.toUpperCase(), status: 200 });
  return (request, response, next) => {
    const end = requestSeconds.startTimer();
    response.once("close", () => {
      const route = routeName(request);
      const method = METHODS.has(request.method) ? request.method : "other";
      end({ route, method, status: response.statusCode });
      if (route !== READYZ) httpAnswers.inc({ class: `${Math.floor(response.statusCode / 100)}xx` });
    });
    next();
  };
}
