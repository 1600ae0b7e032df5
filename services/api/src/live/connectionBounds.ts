import type { EventEmitter } from "node:events";

import { Allowance } from "./allowance.ts";

/** What is used of a WebSocket of `ws` on the server. */
interface RawWebSocket extends EventEmitter {
  /** Bytes that the kernel has not taken. */
  readonly bufferedAmount: number;
  pong(data: Buffer): void;
  terminate(): void;
}

/** What is used of engine.io's transport: a polling one has no WebSocket. */
interface Transport {
  socket?: RawWebSocket;
}

/** What is used of engine.io's connection. */
export interface Connection extends EventEmitter {
  readonly transport: Transport;
  /** Packets that the transport does not take yet. */
  readonly writeBuffer: readonly unknown[];
  close(discard: true): void;
}

/** What is used of engine.io's server beyond its types. */
interface Engine {
  ws: { options: { autoPong?: boolean } };
}

/** There is one namespace to connect to; after a refusal a client may try again. */
const MAX_CONNECTS = 10;
/** Packets, and pongs, that a client leaves unread while it sends more. */
const MAX_UNREAD = 100;
/** Packets of one connection, whatever they are: more than the messages that its socket may send. */
const PACKETS = { burst: 1_000, perSecond: 100 };

/**
 * Ends connections whose client makes the server hold more and more: sockets, and answers that it does not read. One that
 * sends on and on is ended, too.
 */
export function boundConnections(engine: EventEmitter, http: EventEmitter): void {
  // `ws` would answer each ping, read or not, also of a WebSocket that never becomes a connection's. engine.io makes its
  // `ws` server when the HTTP server listens.
  http.on("listening", () => {
    (engine as unknown as Engine).ws.options.autoPong = false;
  });
  engine.on("connection", boundConnection);
}

function boundConnection(connection: Connection): void {
  const packets = new Allowance(PACKETS.burst, PACKETS.perSecond);
  let connects = 0;
  connection.on("packet", ({ type, data }: { type: string; data?: unknown }) => {
    // Socket.IO's CONNECT to any namespace, also to one that there is not.
    if (type === "message" && typeof data === "string" && data.startsWith("0")) connects++;
    if (!packets.take() || connects > MAX_CONNECTS || connection.writeBuffer.length > MAX_UNREAD)
      cutOff(connection);
  });
  answerPings(connection.transport);
  connection.on("upgrade", answerPings);
  // Its probe is answered each time it is sent; a client that upgrades sends one, and nothing is before its answer.
  connection.on("upgrading", ({ socket }: Transport) => {
    if (socket && socket.bufferedAmount > 0) socket.terminate();
  });
}

/** At once: a client that does not read would not see a goodbye either. */
function cutOff(connection: Connection): void {
  const { socket } = connection.transport;
  connection.close(true);
  socket?.terminate();
}

function answerPings({ socket }: Transport): void {
  let unread = 0;
  socket?.on("ping", (data: Buffer) => {
    unread = socket.bufferedAmount > 0 ? unread + 1 : 0;
    if (unread > MAX_UNREAD) socket.terminate();
    else socket.pong(data);
  });
}
