import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { ClientToServerEvents, ServerToClientEvents } from "@pulseboard/contract";
import { Server, type Socket } from "socket.io";
import type { Config } from "../config.ts";
import { demandScope } from "../http/auth.ts";
import { createOriginCheck } from "../http/origins.ts";
import { asProblem, HttpProblem } from "../http/problem.ts";
import type { RateLimits } from "../http/rateLimit.ts";
import type { Identity } from "../keys/identity.ts";
import type { KeyRing } from "../keys/keyRing.ts";
import { boundConnections, type Connection } from "./connectionBounds.ts";
import type { LivePlaces } from "./places.ts";
import { type SubscriptionParts, serveSubscriptions } from "./subscriptions.ts";

/** A request is a channel and a few parameters. */
const MAX_MESSAGE_BYTES = 16 * 1024;
/** How often it is looked whether those who are connected still may be. */
const LOOK_AGAIN_MS = 1_000;
/** Connections that are there only to be told why they are refused: at most, and for so long. */
const MAX_TOLD = 100;
const TOLD_WITHIN_MS = 2_000;

interface SocketData {
  /** Whose key it presented, where one is needed. */
  identity?: Identity;
}
type LiveSockets = Server<ClientToServerEvents, ServerToClientEvents, Record<string, never>, SocketData>;
type LiveSocket = Socket<ClientToServerEvents, ServerToClientEvents, Record<string, never>, SocketData>;

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
  places: LivePlaces,
  parts: Omit<SubscriptionParts, "allow" | "client">,
): LiveServer {
  const isAllowedOrigin = createOriginCheck(config.corsOrigins);
  /** By the request that opens a connection, and by the connection. */
  const refusals = new WeakMap<IncomingMessage, HttpProblem>();
  const refused = new WeakMap<object, HttpProblem>();
  let told = 0;
  /** Under which name each connection's client is counted, by its address; undefined when it is not limited. */
  const addresses = new WeakMap<object, string | undefined>();

  const io: LiveSockets = new Server(http, {
    path: "/socket.io",
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    pingInterval: 15_000,
    pingTimeout: 10_000,
    connectTimeout: 10_000,
    cors: { origin: config.corsOrigins.has("*") ? true : [...config.corsOrigins] },
    // Asked of a new session only, whatever its address says.
    allowRequest: (request, decide) => {
      refusalOf(request).then(
        (refusal) => {
          if (!refusal) return decide(null, true);
          // By polling the reason stands in the answer. A WebSocket's failed upgrade tells a page nothing: a few are let
          // in, to be told and closed.
          if (request.headers.upgrade === undefined || told >= MAX_TOLD)
            return decide(refusal.message, false);
          refusals.set(request, refusal);
          decide(null, true);
        },
        () => decide("something went wrong here", false),
      );
    },
  });

  /** Why a new connection is not taken. */
  async function refusalOf(request: IncomingMessage): Promise<HttpProblem | undefined> {
    const refuse = (status: number, reason: string, detail: string) =>
      new HttpProblem(status, detail, { members: { reason } });
    if (!isAllowedOrigin(request))
      return refuse(403, "origin", "this origin is not allowed: CORS_ORIGINS has to name it");
    const client = limits.clientOf(request);
    const refusal = places.refusal(client);
    if (refusal) return refusal;
    if (!(await limits.takeConnection(client)))
      return refuse(429, "requests", "too many connections in this minute: try again in the next");
    return undefined;
  }

  boundConnections(io.engine, http);
  io.engine.on("connection", (connection: Connection & { request: IncomingMessage | null }) => {
    const refusal = connection.request && refusals.get(connection.request);
    if (refusal) {
      told++;
      connection.once("close", () => told--);
      refused.set(connection, refusal);
      setTimeout(() => connection.close(true), TOLD_WITHIN_MS).unref();
    }
    const client = connection.request ? limits.clientOf(connection.request) : undefined;
    addresses.set(connection, client);
    connection.once("close", places.take(client));
    // The handshake's request would be kept as long as the socket.
    connection.request = null;
  });

  /** @throws HttpProblem 401, 403, 429, 503 */
  async function admit(socket: LiveSocket): Promise<void> {
    const address = addresses.get(socket.conn);
    if (await limits.isUsedUp(address)) throw new HttpProblem(429, "too many requests in this minute");
    const { key } = socket.handshake.auth;
    try {
      socket.data.identity = await demandScope(keys, typeof key === "string" ? key : undefined, "read");
    } catch (error) {
      // One connection can present key after key: wrong ones count.
      await limits.take(address);
      throw error;
    }
    // It is known now, and kept no longer than needed.
    socket.handshake.auth = {};
  }

  io.use((socket, next) => {
    const refusal = refused.get(socket.conn);
    if (refusal) return next(Object.assign(new Error(refusal.message), { data: refusal.toProblem() }));
    if (config.readAccess === "public") return next();
    admit(socket).then(
      () => next(),
      (error) => {
        const problem = asProblem(error).toProblem();
        next(Object.assign(new Error(problem.detail), { data: problem }));
      },
    );
  });

  io.on("connection", (socket) => {
    const address = addresses.get(socket.conn);
    const client = address && (socket.data.identity?.id ?? address);
    serveSubscriptions(socket, { ...parts, client, allow: () => limits.take(client) });
  });

  const lookAgain = setInterval(() => {
    for (const socket of io.of("/").sockets.values())
      if (socket.data.identity && !socket.data.identity.holds()) socket.disconnect(true);
  }, LOOK_AGAIN_MS);

  return {
    sockets: () => io.engine.clientsCount,
    async stop() {
      clearInterval(lookAgain);
      io.disconnectSockets(true);
      await new Promise<void>((resolve) => {
        io.engine.close();
        resolve();
      });
    },
  };
}
