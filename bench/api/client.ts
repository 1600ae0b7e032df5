import { Agent, get } from "node:http";

export interface Answered {
  milliseconds: number;
  status: number;
  /** The stats version, from the ETag; undefined where there is none. */
  version: number | undefined;
  bytes: number;
}

/** A keep-alive HTTP client that times whole answers, the body's last byte included. */
export function createClient(url: string, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    ask(path: string): Promise<Answered> {
      const started = performance.now();
      return new Promise((resolve, reject) => {
        get(`${url}${path}`, { agent }, (response) => {
          let bytes = 0;
          response.on("data", (chunk: Buffer) => {
            bytes += chunk.length;
          });
          response.once("error", reject);
          response.once("end", () => {
            const version = /^"(\d+)\./.exec(response.headers.etag ?? "")?.[1];
            resolve({
              milliseconds: performance.now() - started,
              status: response.statusCode ?? 0,
              version: version === undefined ? undefined : Number(version),
              bytes,
            });
          });
        }).once("error", reject);
      });
    },
    end: () => agent.destroy(),
  };
}
export type Client = ReturnType<typeof createClient>;

/** @throws when an answer is not a 200: a fast error is worth nothing. */
export function expectAnswer(path: string, answered: Answered): Answered {
  if (answered.status !== 200) throw new Error(`${path}: expected 200, got ${answered.status}`);
  return answered;
}
