import type { ClientToServerEvents, ServerToClientEvents } from "@pulseboard/contract";
import { io, type Socket } from "socket.io-client";
import { backoff } from "./backoff.ts";
import type { ReadKey } from "./readKey.ts";
import { isForWantOfKey, refusalOf } from "./refusal.ts";

export type LiveSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

/** What a connection carries: told when there is a socket to ask, and when it is gone. */
export interface Passenger {
  connected(socket: LiveSocket): void;
  disconnected(): void;
}

/** A WebSocket that is not open by then has its frames swallowed on the way, ms. */
const OPEN_WITHIN = 5_000;
/** The first message of a new connection comes sooner than this, or its frames are swallowed, ms. */
const FIRST_WITHIN = 5_000;

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
 * A proxy may answer the WebSocket's handshake and swallow its frames. A connection that brings nothing in its first
 * seconds is therefore made anew by polling, and polling it stays: both waits together are under 15 s.
 *
 * The retry is ours and not the library's so that the page can say when the next try comes. Times are steady ms
 * (performance.now).
 */
export class Connection {
  #socket: LiveSocket;
  #key: ReadKey;
  #passengers = new Set<Passenger>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firstDue: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;

  #mode = $state<"opening" | "up" | "down">("opening");
  #upAt = $state<number | null>(null);
  #lostAt = $state<number | null>(null);
  #nextTryAt = $state<number | null>(null);
  #reason = $state<string | null>(null);
  #wantsKey = $state(false);
  #polls = $state(false);

  constructor(key: ReadKey) {
    this.#key = key;
    this.#socket = io({
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      upgrade: false,
      autoConnect: false,
      reconnection: false,
      timeout: OPEN_WITHIN,
      auth: (tell) => tell(this.#key.auth),
    });
    this.#socket.on("connect", () => this.#up());
    this.#socket.on("disconnect", (reason) => {
      // Ours, to go on by polling.
      if (reason !== "io client disconnect") this.#down(null);
    });
    this.#socket.on("connect_error", (error) => {
      if (error.message === "timeout" && this.#pollInstead()) return;
      this.#down(refusalOf(error), isForWantOfKey(error));
    });
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

  /** Whether it polls, because WebSockets are refused on the way or their frames do not arrive. */
  get polls() {
    return this.#polls;
  }

  /** A message came: this connection carries. */
  carries(): void {
    clearTimeout(this.#firstDue);
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
      clearTimeout(this.#firstDue);
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

  /** Makes the connection anew by polling; false when it polls already. */
  #pollInstead(): boolean {
    if (this.#polls) return false;
    this.#polls = true;
    this.#socket.io.opts.transports = ["polling"];
    for (const passenger of this.#passengers) passenger.disconnected();
    this.#socket.disconnect();
    this.#mode = "opening";
    this.#socket.connect();
    return true;
  }

  #up(): void {
    clearTimeout(this.#firstDue);
    if (this.#socket.io.engine.transport.name === "polling") this.#polls = true;
    if (!this.#polls) this.#firstDue = setTimeout(() => this.#pollInstead(), FIRST_WITHIN);
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
    clearTimeout(this.#firstDue);
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
