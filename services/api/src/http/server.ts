import { createServer, IncomingMessage, type RequestListener, type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** What one connection may cost before anything of ours looks at it. */
export interface ServerBounds {
  /** Request line and headers together, bytes. */
  headerBytes: number;
  /** Until the headers are there, until the whole request is, and between two requests, ms. */
  headersTimeoutMs: number;
  requestTimeoutMs: number;
  keepAliveTimeoutMs: number;
  /** For how long a client may neither send nor take anything while it is being answered, ms. */
  stillMs: number;
  /** How often slow requests are looked for, ms. */
  lookEveryMs: number;
  /** Open connections of the process, live ones included. */
  connections: number;
  requestsPerConnection: number;
}

export const SERVER_BOUNDS: ServerBounds = {
  headerBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 10_000,
  stillMs: 60_000,
  lookEveryMs: 2_000,
  connections: 12_000,
  requestsPerConnection: 100_000,
};

/** A client that is told off has so long to read it. Node looks at such a connection no more, even if it never closes. */
const GOODBYE_MS = 1_000;

/** Of requests that Node's parser refuses; they never become one that a route could answer. */
const REFUSALS: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = REFUSALS[error.code ?? ""] ?? 400;
  const title = STATUS_CODES[status];
  const body = JSON.stringify({ type: "about:blank", title, status });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
}

/**
 * Since Socket.IO listens for upgrades, Node would take every offer of one (`Upgrade: h2c` by Java's client and
 * `curl --http2`) out of HTTP, where nobody answers and nothing ends the connection. An offer to any other path is passed
 * over, as RFC 9110 has it. The class behind Node's own property `upgrade`, which it sets and reads.
 */
class Request extends IncomingMessage {
  declare offered: boolean | null;
  set upgrade(offered: boolean | null) {
    this.offered = offered;
  }
  get upgrade(): boolean | null {
    return this.method === "CONNECT" || this.url?.startsWith("/socket.io/") ? this.offered : false;
  }
}

/** An HTTP server that no client can hold or fill up. */
export function createHttpServer(listener: RequestListener, bounds: ServerBounds = SERVER_BOUNDS): Server {
  const server = createServer(
    {
      IncomingMessage: Request,
      maxHeaderSize: bounds.headerBytes,
      headersTimeout: bounds.headersTimeoutMs,
      requestTimeout: bounds.requestTimeoutMs,
      keepAliveTimeout: bounds.keepAliveTimeoutMs,
      connectionsCheckingInterval: bounds.lookEveryMs,
      requireHostHeader: true,
      insecureHTTPParser: false,
    },
    listener,
  );
  server.timeout = bounds.stillMs;
  server.maxConnections = bounds.connections;
  server.maxRequestsPerSocket = bounds.requestsPerConnection;
  server.on("clientError", refuse);
  return server;
}
