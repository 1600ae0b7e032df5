import { createServer, type Server } from "node:net";
import type { ResolvedOptions } from "../options.ts";
import { Connection, type Serve } from "./connection.ts";

const LAST_PORT = 65_535;

export interface Listener {
  port: number;
  /** Takes no more clients, drops those there are, and resolves when nothing is being served. */
  close(): Promise<void>;
}

export async function listen(options: ResolvedOptions, serve: Serve): Promise<Listener> {
  const { host, logger, maxConnections, maxRequestBytes } = options;
  const connections = new Set<Connection>();
  const server = createServer();
  const port = await bind(server, options);
  server.maxConnections = maxConnections;
  server.on("drop", () => logger.warn({ maxConnections }, "too many connections, one refused"));
  server.on("error", (error) => logger.error({ error: error.message }, "listener"));
  server.on("connection", (socket) => {
    const connection = new Connection(socket, serve, { maxRequestBytes, host, port, logger });
    connections.add(connection);
    socket.on("close", () => connections.delete(connection));
  });
  return {
    port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await Promise.all(Array.from(connections, (connection) => connection.close()));
      await closed;
    },
  };
}

async function bind(server: Server, options: ResolvedOptions): Promise<number> {
  for (let port = options.port; ; port++) {
    try {
      return await listenOn(server, options.host, port);
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (!taken) throw error;
      if (!options.takeNextFreePort || port >= LAST_PORT) {
        throw new Error(`port ${port} on ${options.host} is taken by another program`);
      }
    }
  }
}

function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(error);
    server.once("error", failed);
    server.listen({ host, port }, () => {
      server.off("error", failed);
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("no TCP address"));
      else resolve(address.port);
    });
  });
}
