import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { ClientToServerEvents, ServerToClientEvents } from "@pulseboard/contract";
import { Server } from "socket.io";
import type { Config } from "../config.ts";
import { demandScope, type KeyRing } from "../http/auth.ts";
import { createOriginCheck } from "../http/origins.ts";
import { asProblem } from "../http/problem.ts";
import type { RateLimits } from "../http/rateLimit.ts";
import { type SubscriptionParts, serveSubscriptions } from "./subscriptions.ts";

/** A request is a channel and a few parameters. */
const MAX_MESSAGE_BYTES = 16 * 1024;
const MAX_SOCKETS = 10_000;

export interface LiveServer {
  sockets(): number;
  /** Tells every client to reconnect elsewhere or later, and takes no more. */
  stop(): Promise<void>;
}

/** Socket.IO at /socket.io, on the HTTP server of the API. */
export function createSocketServer(
  http: HttpServer,
  config: Config,
  keys: KeyRing,
  limits: RateLimits,
  parts: Omit<SubscriptionParts, "allow">,
): LiveServer {
  const isAllowedOrigin = createOriginCheck(config.corsOrigins);
  /** Under which name each connection's client is counted. */
  const clients = new WeakMap<object, string | undefined>();

  const io: Server<ClientToServerEvents, ServerToClientEvents> = new Server(http, {
    path: "/socket.io",
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    pingInterval: 15_000,
    pingTimeout: 10_000,
    connectTimeout: 10_000,
    cors: { origin: config.corsOrigins.has("*") ? true : [...config.corsOrigins] },
    allowRequest: (request, decide) => {
      if (!isAllowedOrigin(request)) return decide("this origin is not allowed", false);
      // Only the handshake has no session yet.
      if (new URL(request.url ?? "", "http://localhost").searchParams.has("sid")) return decide(null, true);
      if (io.engine.clientsCount >= MAX_SOCKETS) return decide("this server has too many connections", false);
      limits.take(limits.clientOf(request)).then(
        (free) => decide(free ? null : "too many requests in this minute", free),
        () => decide("something went wrong here", false),
      );
    },
  });

  io.engine.on("connection", (connection: { request: IncomingMessage | null }) => {
    if (connection.request) clients.set(connection, limits.clientOf(connection.request));
    // The handshake's request would be kept as long as the socket.
    connection.request = null;
  });

  io.use((socket, next) => {
    if (config.readAccess === "public") return next();
    try {
      const { key } = socket.handshake.auth;
      demandScope(keys, typeof key === "string" ? key : undefined, "read");
      next();
    } catch (error) {
      const problem = asProblem(error).toProblem();
      next(Object.assign(new Error(problem.detail), { data: problem }));
    }
  });

  io.on("connection", (socket) =>
    serveSubscriptions(socket, { ...parts, allow: () => limits.take(clients.get(socket.conn)) }),
  );

  return {
    sockets: () => io.engine.clientsCount,
    async stop() {
      io.disconnectSockets(true);
      await new Promise<void>((resolve) => {
        io.engine.close();
        resolve();
      });
    },
  };
}
