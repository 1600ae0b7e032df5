import type { Server, ServerResponse } from "node:http";
import { delay } from "@pulseboard/runtime";

/** For so long a stopping server still takes connections, so that who has just opened one is answered. */
export const LINGER_MS = 500;
const LOOK_EVERY_MS = 25;
/** Longer than a POST waits for Kafka; then who is still being answered is cut off. */
export const CUT_OFF_MS = 4_700;

/**
 * How the server stops without cutting anybody. Modes:
 *
 *   serving
 *   lingering  /readyz says 503; every answer, those under way included, asks its client to close the connection and
 *              come back on another, which by then leads elsewhere
 *   closing    no new connections; idle ones are closed, others once they are answered
 *   closed
 */
export interface Drain {
  /** No longer serving. */
  isStopping(): boolean;
  linger(): Promise<void>;
  close(): Promise<void>;
}

export function createDrain(server: Server): Drain {
  const underWay = new Set<ServerResponse>();
  let stopping = false;
  const askToClose = (response: ServerResponse) => {
    if (!response.headersSent) response.setHeader("Connection", "close");
  };

  server.prependListener("request", (_request, response) => {
    underWay.add(response);
    response.once("close", () => underWay.delete(response));
    if (stopping) askToClose(response);
  });
  const connections = () =>
    new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));

  return {
    isStopping: () => stopping,
    async linger() {
      stopping = true;
      for (const response of underWay) askToClose(response);
      const until = performance.now() + LINGER_MS;
      while (performance.now() < until && (await connections()) > 0) await delay(LOOK_EVERY_MS);
    },
    close: () =>
      new Promise((resolve) => {
        const cutOff = setTimeout(() => server.closeAllConnections(), CUT_OFF_MS);
        const closeIdle = setInterval(() => server.closeIdleConnections(), 50);
        server.close(() => {
          clearTimeout(cutOff);
          clearInterval(closeIdle);
          resolve();
        });
      }),
  };
}
