import type { RequestHandler } from "express";
import { HttpProblem } from "./problem.ts";

/** What the dashboard lives under. No upgrade to https: where TLS ends is the proxy's business. */
export const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    baseUri: ["'self'"],
    connectSrc: ["'self'", "ws:", "wss:"],
    fontSrc: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    imgSrc: ["'self'", "data:"],
    objectSrc: ["'none'"],
    scriptSrc: ["'self'"],
    scriptSrcAttr: ["'none'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
  },
};

const MAX_HEADERS = 100;
const MAX_URL_LENGTH = 4_096;

/** Refuses what no client of this API sends: it would only cost memory, here and in logs. */
export const boundRequests: RequestHandler = (request, _response, next) => {
  if (request.rawHeaders.length / 2 > MAX_HEADERS)
    throw new HttpProblem(431, `expected at most ${MAX_HEADERS} headers`);
  if (request.url.length > MAX_URL_LENGTH)
    throw new HttpProblem(414, `expected a path and query of at most ${MAX_URL_LENGTH} characters`);
  next();
};
