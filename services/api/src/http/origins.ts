import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";

/** Whether a page of the request's origin may use the API: same origin, an allowed one, or no browser at all. */
export function createOriginCheck(allowed: ReadonlySet<string>) {
  return (request: IncomingMessage): boolean => {
    const { origin, host } = request.headers;
    if (origin === undefined || allowed.has("*") || allowed.has(origin)) return true;
    // The scheme is left out: TLS may end before us.
    return URL.canParse(origin) && new URL(origin).host === host;
  };
}

const EXPOSED = "ETag, X-Stats-As-Of, Retry-After, RateLimit, RateLimit-Policy";

/** CORS: a page of another origin may read what its origin is allowed to; others get no permission to. */
export const cors =
  (isAllowed: (request: IncomingMessage) => boolean): RequestHandler =>
  (request, response, next) => {
    response.vary("Origin");
    const { origin } = request.headers;
    if (!origin || !isAllowed(request)) return next();
    response.set({ "Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED });
    if (request.method !== "OPTIONS" || !request.headers["access-control-request-method"]) return next();
    response
      .set({
        "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match",
        "Access-Control-Max-Age": "600",
      })
      .status(204)
      .end();
  };
