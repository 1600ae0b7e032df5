import { createServer } from "node:http";
import type { Registry } from "prom-client";
import { listen } from "./listen.ts";

/** What /readyz says of one dependency. */
export interface Check {
  ok: boolean;
  [fact: string]: unknown;
}

export interface OpsServer {
  port: number;
  close(): Promise<void>;
}

/** /healthz, /readyz and /metrics of a process that serves nothing else. */
export async function startOpsServer(options: {
  host: string;
  port: number;
  wasSet: boolean;
  registry: Registry;
  checks: () => Promise<Record<string, Check>>;
}): Promise<OpsServer> {
  const json = { "content-type": "application/json" };
  const server = createServer((request, response) => {
    const answer = async () => {
      const path = request.url?.split("?")[0];
      if (request.method !== "GET") return response.writeHead(405, { allow: "GET" }).end();
      if (path === "/healthz") return response.writeHead(200, json).end('{"status":"ok"}');
      if (path === "/readyz") {
        const checks = await options.checks();
        const ok = Object.values(checks).every((check) => check.ok);
        return response
          .writeHead(ok ? 200 : 503, json)
          .end(JSON.stringify({ status: ok ? "ready" : "not ready", checks }));
      }
      if (path === "/metrics")
        return response
          .writeHead(200, { "content-type": options.registry.contentType })
          .end(await options.registry.metrics());
      return response.writeHead(404).end();
    };
    answer().catch((error: Error) => {
      if (!response.headersSent) response.writeHead(500, json);
      response.end(JSON.stringify({ status: "error", detail: error.message }));
    });
  });
  server.requestTimeout = 10_000;
  const port = await listen(server, options);
  return {
    port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
