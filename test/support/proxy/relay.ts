import { connect, createServer, type Server, type Socket } from "node:net";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { onTeardown } from "../teardown.ts";

/** What becomes of bytes on their way: they go on, or these are the last of their connection. */
export type Passage = Buffer | { last: Buffer };

/** Looks at one connection's bytes, in both directions. */
export interface Wire {
  fromClient(chunk: Buffer): Passage;
  fromServer(chunk: Buffer): Passage;
}

interface Connection {
  client: Socket;
  server: Socket;
}

/** A TCP proxy on 127.0.0.1 that can be cut, stalled and slowed down. */
export class Relay {
  /** Every chunk waits so long, in each direction. */
  delayMs = 0;
  private readonly listener: Server;
  private readonly connections = new Set<Connection>();
  private stalled: Promise<void> | undefined;
  private endStall = (): void => {};

  private constructor(listener: Server) {
    this.listener = listener;
  }

  /** @param wire called for each connection */
  static async open(targetPort: number, wire: () => Wire): Promise<Relay> {
    const listener = createServer();
    const relay = new Relay(listener);
    listener.on("connection", (client) => relay.take(client, targetPort, wire()));
    await new Promise<void>((resolve, reject) => {
      listener.once("error", reject);
      listener.listen(0, "127.0.0.1", resolve);
    });
    onTeardown(() => relay.close());
    return relay;
  }

  get port(): number {
    return (this.listener.address() as { port: number }).port;
  }

  /** From now on nothing passes, and nothing is closed either: a network that swallows everything. */
  stall(): void {
    this.stalled ??= new Promise((resolve) => {
      this.endStall = resolve;
    });
  }

  /** What was held back goes on. */
  resume(): void {
    this.stalled = undefined;
    this.endStall();
  }

  async close(): Promise<void> {
    this.resume();
    const closed = new Promise((resolve) => this.listener.close(resolve));
    for (const connection of this.connections) cut(connection);
    await closed;
  }

  private take(client: Socket, port: number, wire: Wire): void {
    const server = connect({ host: "127.0.0.1", port });
    const connection = { client, server };
    for (const socket of [client, server]) socket.setNoDelay(true);
    this.connections.add(connection);
    const to = this.direction(connection, server, (chunk) => wire.fromClient(chunk));
    const back = this.direction(connection, client, (chunk) => wire.fromServer(chunk));
    // However one direction ends, the connection has ended: neither protocol half-closes.
    void Promise.race([
      pipeline(client, to, server).catch(() => {}),
      pipeline(server, back, client).catch(() => {}),
    ]).then(() => {
      cut(connection);
      this.connections.delete(connection);
    });
  }

  private direction(connection: Connection, target: Socket, look: (chunk: Buffer) => Passage): Transform {
    return new Transform({
      transform: (chunk: Buffer, _, done) => {
        void this.hold().then(() => {
          const passage = look(chunk);
          if (Buffer.isBuffer(passage)) return done(null, passage);
          target.write(passage.last, () => cut(connection));
        });
      },
    });
  }

  private async hold(): Promise<void> {
    if (this.delayMs > 0) await sleep(this.delayMs);
    while (this.stalled) await this.stalled;
  }
}

function cut({ client, server }: Connection): void {
  client.destroy();
  server.destroy();
}
