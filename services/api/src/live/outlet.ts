import type { Counter } from "@pulseboard/runtime";
import type { Socket } from "socket.io";
import { paramsKey } from "../readModels/reader.ts";
import type { LiveAnswer, Params } from "./channels.ts";
import type { LiveSet, Subscriber } from "./liveSet.ts";

/** What is used of a WebSocket of `ws`. */
interface RawWebSocket {
  readonly _socket?: { cork(): void; uncork(): void };
  ping(): void;
  on(event: "pong", listener: () => void): void;
}

type Transport = Socket["conn"]["transport"] & { socket?: RawWebSocket };

/** Packets that the connection holds because its transport takes no more. */
export const backlog = ({ conn }: Socket): number =>
  (conn as unknown as { writeBuffer: unknown[] }).writeBuffer.length;

const keyOf = ({ channel }: LiveSet, params: Params) => `${channel}|${paramsKey(params)}`;

/**
 * One socket's way out, which never holds a backlog: what a subscription is owed is only noted, and made from the
 * set's newest state when the client can take it. A client can take more when
 *
 *   polling    it has asked (its request is open);
 *   websocket  it has answered the ping that followed the last messages, so it has read them: bytes that merely fit
 *              into the kernel's buffers do not count as taken.
 *
 * Versions only grow: a set that was last looked at before the version already sent stays owed until the next look.
 */
export class Outlet {
  /** The newest version sent on this socket. */
  version = -1;
  /** By channel and the parameters as they were asked: several names of a zone may share a set. */
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #owed = new Set<Subscriber>();
  #awaitsPong = false;
  readonly #socket: Socket;
  readonly #pushes: Counter<"channel">;

  constructor(socket: Socket, pushes: Counter<"channel">) {
    this.#socket = socket;
    this.#pushes = pushes;
    this.#watch(socket.conn.transport);
    socket.conn.on("upgrade", (transport: Transport) => this.#watch(transport));
  }

  get size(): number {
    return this.#subscribers.size;
  }

  has(set: LiveSet, params: Params): boolean {
    return this.#subscribers.has(keyOf(set, params));
  }

  /** Subscribes to the set, of which the client has just been sent this. */
  add(set: LiveSet, params: Params, { json, data }: Pick<LiveAnswer, "json" | "data">): void {
    const subscriber: Subscriber = {
      ...{ set, params, json },
      sent: set.json === json ? set.data : data,
      offer: () => {
        // It has not taken what came before this: nothing old is kept for it, and it gets the whole.
        if (this.#owed.has(subscriber)) subscriber.sent = undefined;
        this.#owed.add(subscriber);
        this.#flush();
      },
    };
    this.#subscribers.set(keyOf(set, params), subscriber);
    set.subscribers.add(subscriber);
    // What the set holds may be older than that: then its next look offers what is new.
    if (set.json !== json && set.version >= this.version) subscriber.offer();
  }

  /** @returns whether it was subscribed to */
  remove(set: LiveSet, params: Params): boolean {
    const key = keyOf(set, params);
    const subscriber = this.#subscribers.get(key);
    if (!subscriber) return false;
    this.#subscribers.delete(key);
    set.subscribers.delete(subscriber);
    this.#owed.delete(subscriber);
    return true;
  }

  /** Ends every subscription. @returns what it subscribed to */
  clear(): LiveSet[] {
    const left = [...this.#subscribers.values()];
    for (const { set, params } of left) this.remove(set, params);
    return left.map(({ set }) => set);
  }

  /** Subscriptions that wait for the client. */
  get owed(): number {
    return this.#owed.size;
  }

  #watch(transport: Transport): void {
    transport.on("ready", () => this.#flush());
    // Messages before an upgrade went out by polling, which has no pings.
    this.#awaitsPong = false;
    transport.socket?.on("pong", () => {
      this.#awaitsPong = false;
      this.#flush();
    });
  }

  #flush(): void {
    const { conn } = this.#socket;
    if (
      this.#awaitsPong ||
      conn.readyState !== "open" ||
      !conn.transport.writable ||
      backlog(this.#socket) > 0
    )
      return;
    const ready = [...this.#owed]
      .filter(({ set }) => set.version >= this.version)
      .sort((a, b) => a.set.version - b.set.version);
    if (!ready.length) return;
    const transport: Transport = conn.transport;
    // Before the writes: they may report ready again at once.
    this.#awaitsPong = transport.socket !== undefined;
    // A message and its ping leave in one system call, which is most of what they cost.
    const tcp = transport.socket?._socket;
    tcp?.cork();
    for (const subscriber of ready) {
      const { set } = subscriber;
      this.#owed.delete(subscriber);
      const { packet, wsPreEncodedFrame } = set.frame(subscriber);
      subscriber.json = set.json ?? "";
      subscriber.sent = set.data;
      this.version = set.version;
      this.#pushes.inc({ channel: set.channel });
      // Not among engine.io's types; socket.io's adapter passes it so, too.
      const options: object = { compress: false, wsPreEncodedFrame };
      conn.write(packet, options);
    }
    transport.socket?.ping();
    tcp?.uncork();
  }
}
