import type { ClientToServerEvents, ServerToClientEvents } from "@pulseboard/contract";
import { io, type Socket } from "socket.io-client";
import { backoff } from "./backoff.ts";
import { isForWantOfKey, type ReadKey } from "./readKey.ts";

export type LiveSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

/** What a connection carries: told when there is a socket to ask, and when it is gone. */
export interface Passenger {
  connected(socket: LiveSocket): void;
  disconnected(): void;
}

/**
 * The one connection to the server, in one of three modes:
 *
 *   opening  a try is under way; the first begins at start()
 *   up       connected; every passenger has asked anew for its snapshot
 *   down     lost, or a try failed; the next one has a time (nextTryAt)
 *
 *   from     event                              to
 *   opening  connect                            up
 *   opening  connect_error                      down, retry set
 *   up       disconnect                         down, retry set
 *   down     retry due, tryNow(), or the        opening
 *            browser says it is online again
 *
 * The retry is ours and not the library's so that the page can say when the next try comes. Times are steady ms
 * (performance.now).
 */
export class Connection {
  #socket: LiveSocket;
  #key: ReadKey;
  #passengers = new Set<Passenger>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;

  #mode = $state<"opening" | "up" | "down">("opening");
  #upAt = $state<number | null>(null);
  #lostAt = $state<number | null>(null);
  #nextTryAt = $state<number | null>(null);
  #reason = $state<string | null>(null);
  #wantsKey = $state(false);

  constructor(key: ReadKey) {
    this.#key = key;
    this.#socket = io({
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      autoConnect: false,
      reconnection: false,
      timeout: 10_000,
      auth: (tell) => tell(this.#key.auth),
    });
    this.#socket.on("connect", () => this.#up());
    this.#socket.on("disconnect", () => this.#down(null));
    this.#socket.on("connect_error", (error) => this.#down(refusalOf(error), isForWantOfKey(error)));
  }

  get mode() {
    return this.#mode;
  }
  /** When the present connection began; null without one. */
  get upAt() {
    return this.#upAt;
  }
  /** Since when there is no connection; null while there is one, and before the first try has failed. */
  get lostAt() {
    return this.#lostAt;
  }
  get nextTryAt() {
    return this.#nextTryAt;
  }
  /** Why the server refused the last try; null when it was simply not reached. */
  get reason() {
    return this.#reason;
  }

  /** Whether it refused for want of a key, or for one that does not do. */
  get wantsKey() {
    return this.#wantsKey;
  }

  start(): () => void {
    const back = () => this.#mode === "down" && this.tryNow();
    const seen = () => document.visibilityState === "visible" && back();
    addEventListener("online", back);
    document.addEventListener("visibilitychange", seen);
    this.#socket.connect();
    return () => {
      removeEventListener("online", back);
      document.removeEventListener("visibilitychange", seen);
      clearTimeout(this.#timer);
      this.#socket.off();
      this.#socket.disconnect();
    };
  }

  board(passenger: Passenger): () => void {
    this.#passengers.add(passenger);
    if (this.#socket.connected) passenger.connected(this.#socket);
    return () => this.#passengers.delete(passenger);
  }

  /** Tries again with this key, and with it from now on. */
  tryWithKey(key: string): void {
    this.#key.keep(key);
    this.tryNow();
  }

  tryNow(): void {
    clearTimeout(this.#timer);
    this.#nextTryAt = null;
    this.#mode = "opening";
    this.#socket.connect();
  }

  #up(): void {
    this.#attempt = 0;
    this.#mode = "up";
    this.#upAt = performance.now();
    this.#lostAt = null;
    this.#reason = null;
    this.#wantsKey = false;
    for (const passenger of this.#passengers) passenger.connected(this.#socket);
  }

  #down(reason: string | null, wantsKey = false): void {
    clearTimeout(this.#timer);
    const wait = backoff(++this.#attempt);
    this.#mode = "down";
    this.#upAt = null;
    this.#reason = reason;
    this.#wantsKey = wantsKey;
    this.#lostAt ??= performance.now();
    this.#nextTryAt = performance.now() + wait;
    this.#timer = setTimeout(() => this.tryNow(), wait);
    for (const passenger of this.#passengers) passenger.disconnected();
  }
}

/** The server's own words; a transport that failed has none worth telling. */
function refusalOf(error: Error & { type?: string }): string | null {
  return error.type === "TransportError" || error.message === "timeout" ? null : error.message;
}
