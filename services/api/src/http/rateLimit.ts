import type { IncomingMessage } from "node:http";
import type { Request, RequestHandler } from "express";
import { ipKeyGenerator, MemoryStore, type Options, rateLimit } from "express-rate-limit";
import { clientAddress, isOnThisMachine } from "./client.ts";
import { HttpProblem } from "./problem.ts";

const WINDOW_MS = 60_000;
export interface RateLimits {
  middleware: RequestHandler;
  /** The name under which a client is counted, or undefined when it is not limited. */
  clientOf(request: IncomingMessage): string | undefined;
  /** Counts a live connection or subscription as a request; false when its client has used up the minute. */
  take(client: string | undefined): Promise<boolean>;
  stop(): void;
}

/** Requests per minute and client address, REST and live counted together. */
export function createRateLimits(limit: number, limitLoopback: boolean): RateLimits {
  const store = new MemoryStore();
  store.init({ windowMs: WINDOW_MS } as Options);
  const clientOf = (request: IncomingMessage) =>
    !limitLoopback && isOnThisMachine(request) ? undefined : ipKeyGenerator(clientAddress(request));
  const middleware = rateLimit({
    windowMs: WINDOW_MS,
    limit,
    store,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    skip: (request) => clientOf(request) === undefined,
    keyGenerator: (request) => clientOf(request) ?? "",
    // The proxy's header is client.ts's business.
    validate: false,
    handler: (request, _response, next) => {
      const resetsAt = (request as Request & { rateLimit?: { resetTime?: Date } }).rateLimit?.resetTime;
      const seconds = Math.max(1, Math.ceil(((resetsAt?.getTime() ?? 0) - Date.now()) / 1000));
      next(
        new HttpProblem(429, `more than ${limit} requests in a minute`, {
          headers: { "Retry-After": String(seconds) },
        }),
      );
    },
  });
  return {
    middleware,
    clientOf,
    async take(client) {
      if (client === undefined) return true;
      return (await store.increment(client)).totalHits <= limit;
    },
    stop: () => store.shutdown(),
  };
}
