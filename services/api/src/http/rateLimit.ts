import type { IncomingMessage } from "node:http";
import type { Request, RequestHandler } from "express";
import { ipKeyGenerator, MemoryStore, type Options, rateLimit } from "express-rate-limit";
import type { Identity } from "../keys/identity.ts";
import type { KeyRing } from "../keys/keyRing.ts";
import type { Clients } from "./client.ts";
import { HttpProblem } from "./problem.ts";

const WINDOW_MS = 60_000;
export interface RateLimits {
  middleware: RequestHandler;
  /**
   * The name under which a client is counted, or undefined when it is not limited: whom its key speaks for, else its
   * address; so wrong keys are counted against the address they come from.
   */
  clientOf(request: IncomingMessage, identity?: Identity): string | undefined;
  /** Counts a subscription that costs something as a request; false when its client has used up the minute. */
  take(client: string | undefined): Promise<boolean>;
  /** Whether its client has used up the minute. */
  isUsedUp(client: string | undefined): Promise<boolean>;
  /** Counts a live connection that is opened; false when its client has opened too many in this minute. */
  takeConnection(client: string | undefined): Promise<boolean>;
  stop(): void;
}

function createStore(): MemoryStore {
  const store = new MemoryStore();
  store.init({ windowMs: WINDOW_MS } as Options);
  return store;
}

/** Requests per minute and client, REST and live counted together. */
export function createRateLimits(
  keys: KeyRing,
  clients: Clients,
  limits: { requests: number; connections: number; loopback: boolean },
): RateLimits {
  const limit = limits.requests;
  const store = createStore();
  const connections = createStore();
  const isLimited = (request: IncomingMessage) => limits.loopback || !clients.isOnThisMachine(request);
  const clientOf = (request: IncomingMessage, identity?: Identity) =>
    isLimited(request) ? (identity?.id ?? ipKeyGenerator(clients.addressOf(request))) : undefined;
  /** While nobody can tell whose key it is, by address; the endpoint tells of the fault. */
  const identityOf = (request: IncomingMessage) => keys.identifyRequest(request).catch(() => undefined);
  const middleware = rateLimit({
    windowMs: WINDOW_MS,
    limit,
    store,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    skip: (request) => !isLimited(request),
    // Who is told that nothing has changed has asked for nothing more.
    skipSuccessfulRequests: true,
    requestWasSuccessful: (_request, response) => response.statusCode === 304,
    keyGenerator: async (request) => clientOf(request, await identityOf(request)) ?? "",
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
    async isUsedUp(client) {
      return client !== undefined && ((await store.get(client))?.totalHits ?? 0) >= limit;
    },
    async takeConnection(client) {
      if (client === undefined) return true;
      return (await connections.increment(client)).totalHits <= limits.connections;
    },
    stop() {
      store.shutdown();
      connections.shutdown();
    },
  };
}
