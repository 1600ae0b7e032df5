import { createServer } from "node:net";
import { listen } from "@pulseboard/runtime";
import type { Config } from "./config.ts";

/**
 * Looks at the address and the ports that were asked for before anything starts, so that one that cannot be listened on
 * is an error at once.
 * @throws naming the variable
 */
export async function checkPorts(config: Config): Promise<void> {
  const wanted = {
    HOST: 0,
    PORT: config.PORT,
    KAFKA_PORT: config.KAFKA_BROKERS ? undefined : config.KAFKA_PORT,
    METRICS_PORT: config.METRICS_PORT,
  };
  for (const [name, port] of Object.entries(wanted)) {
    if (port === undefined || (port === 0 && name !== "HOST")) continue;
    const server = createServer();
    try {
      await listen(server, { host: config.HOST, port, wasSet: true });
    } catch (error) {
      throw Object.assign(new Error(`${name}: ${(error as Error).message}`, { cause: error }), {
        expose: true,
      });
    }
    await new Promise((resolve) => server.close(resolve));
  }
}
