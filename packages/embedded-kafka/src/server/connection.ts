import type { Socket } from "node:net";
import { MalformedFrame } from "../codec/reader.ts";
import type { Logger } from "../logger.ts";
import type { Client } from "./context.ts";
import { FrameAssembler } from "./frameAssembler.ts";

/** Bytes of requests read ahead of the one being served, beyond which the socket is not read. */
const READ_AHEAD_BYTES = 1024 * 1024;

export type Serve = (frame: Buffer, client: Client) => Promise<Buffer | "noReply" | "disconnect">;

export interface ConnectionOptions {
  maxRequestBytes: number;
  /** As bound; a wildcard is replaced by the address this client came to. */
  host: string;
  port: number;
  logger: Logger;
}

/**
 * One client. Its requests are served one at a time, in order, and the next one begins when the answer to the
 * last has been taken by the socket: a slow reader holds one response in memory, never more.
 */
export class Connection implements Client {
  readonly #socket: Socket;
  readonly #serve: Serve;
  readonly #logger: Logger;
  readonly #frames: Buffer[] = [];
  readonly #closeCallbacks = new Set<() => void>();
  readonly broker: { host: string; port: number };
  readonly host: string;
  #bytesAhead = 0;
  #rotation = 0;
  #serving: Promise<void> | null = null;

  constructor(socket: Socket, serve: Serve, options: ConnectionOptions) {
    this.#socket = socket;
    this.#serve = serve;
    this.#logger = options.logger;
    this.host = socket.remoteAddress ?? "";
    this.broker = { host: advertisedHost(options.host, socket), port: options.port };
    const assembler = new FrameAssembler(options.maxRequestBytes);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on("data", (chunk) => {
      try {
        assembler.push(chunk, (frame) => this.#enqueue(frame));
      } catch (error) {
        this.#abandon(error as Error);
      }
    });
    socket.on("error", (error) => this.#logger.info({ client: this.host, error: error.message }, "socket"));
    socket.on("close", () => {
      this.#frames.length = 0;
      for (const callback of [...this.#closeCallbacks]) callback();
    });
  }

  /** Resolves when the request being served, if any, has ended. */
  async close(): Promise<void> {
    this.#socket.destroy();
    await this.#serving;
  }

  nextRotation(): number {
    return this.#rotation++;
  }

  onClose = (callback: () => void): (() => void) => {
    this.#closeCallbacks.add(callback);
    if (this.#socket.destroyed) setImmediate(() => this.#closeCallbacks.has(callback) && callback());
    return () => this.#closeCallbacks.delete(callback);
  };

  #enqueue(frame: Buffer): void {
    this.#frames.push(frame);
    this.#bytesAhead += frame.length;
    if (this.#bytesAhead > READ_AHEAD_BYTES) this.#socket.pause();
    this.#serving ??= this.#serveFrames().finally(() => {
      this.#serving = null;
    });
  }

  async #serveFrames(): Promise<void> {
    try {
      for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift()) {
        const answer = await this.#serve(frame, this);
        this.#bytesAhead -= frame.length;
        if (this.#socket.destroyed) return;
        if (answer === "disconnect") this.#socket.destroy();
        else if (answer !== "noReply") await this.#send(answer);
        if (this.#bytesAhead <= READ_AHEAD_BYTES && this.#socket.isPaused()) this.#socket.resume();
      }
    } catch (error) {
      this.#abandon(error as Error);
    }
  }

  async #send(answer: Buffer): Promise<void> {
    if (this.#socket.write(answer)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#socket.off("drain", done);
        off();
        resolve();
      };
      const off = this.onClose(done);
      this.#socket.on("drain", done);
    });
  }

  #abandon(error: Error): void {
    const fields = { client: this.host, error: error.message };
    if (error instanceof MalformedFrame) this.#logger.warn(fields, "malformed frame, connection closed");
    else this.#logger.error({ ...fields, stack: error.stack }, "request failed, connection closed");
    this.#socket.destroy();
  }
}

function advertisedHost(bound: string, socket: Socket): string {
  if (bound !== "0.0.0.0" && bound !== "::") return bound;
  return (socket.localAddress ?? "127.0.0.1").replace(/^::ffff:/, "");
}
