import type { Server } from "node:net";

/**
 * Listens on `port`. A taken port gives way to the next free one when it was only the default, and is an error when
 * it was set.
 * @returns the port taken
 */
export async function listen(
  server: Server,
  options: { host: string; port: number; wasSet: boolean },
): Promise<number> {
  const last = options.wasSet || options.port === 0 ? options.port : options.port + 100;
  for (let port = options.port; ; port++) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host: options.host, port, exclusive: true }, () => {
          server.off("error", reject);
          resolve();
        });
      });
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("expected a TCP address");
      return address.port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      if (port >= last)
        throw Object.assign(new Error(`port ${options.port} on ${options.host} is taken`, { cause: error }), {
          expose: true,
        });
    }
  }
}
