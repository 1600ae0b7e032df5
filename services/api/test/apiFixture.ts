import { createLogger } from "@pulseboard/runtime";
import { onTeardown } from "../../../test/support/teardown.ts";
import { startApi } from "../src/api.ts";
import { readConfig } from "../src/config.ts";
import { createAnswerCheck, type OpenApi } from "./openApiCheck.ts";

export const WRITE_KEY = "write-key-of-the-tests-0001";
export const READ_KEY = "read-key-of-the-tests-00001";
export const RAW_KEY = "raw-key-of-the-tests-000001";
export const ADMIN_KEY = "admin-key-of-the-tests-0001";

/** Nobody listens there. */
export const NO_KAFKA = "127.0.0.1:1";

export interface TestApi {
  url: string;
  /** The document at /openapi.json, which every answer is held against. */
  openApi: OpenApi;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  json(path: string): Promise<any>;
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
  put(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** A metric's value now, summed over its labels. */
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
}

/** The API in this process, on a free port; ends with the test. Every answer is held against /openapi.json. */
export async function startTestApi(
  databaseUrl: string,
  env: Record<string, string | undefined> = {},
): Promise<TestApi> {
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    KAFKA_BROKERS: NO_KAFKA,
    PORT: "0",
    API_KEYS: `${WRITE_KEY}:write,${READ_KEY}:read,${RAW_KEY}:read:raw,${ADMIN_KEY}:admin`,
    ...env,
  });
  const { url, stopPhases } = await startApi(config, createLogger("api-test", "silent"));
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      for (const { run } of stopPhases) await run();
    })();
    return stopped;
  };
  onTeardown(stop);
  const openApi: OpenApi = await (await fetch(`${url}/openapi.json`)).json();
  const check = createAnswerCheck(openApi);
  const checkedFetch = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(url + path, init);
    await check({ method: init.method ?? "GET", path, response });
    return response;
  };
  const get = (path: string, headers: Record<string, string> = {}) => checkedFetch(path, { headers });
  const send = (method: string, path: string, body: unknown, headers: Record<string, string>) =>
    checkedFetch(path, {
      method,
      headers: { authorization: `Bearer ${WRITE_KEY}`, "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return {
    url,
    openApi,
    fetch: checkedFetch,
    get,
    async json(path) {
      const response = await get(path);
      if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    post: (body, headers = {}) => send("POST", "/events", body, headers),
    put: (path, body, headers = {}) => send("PUT", path, body, headers),
    async metric(name) {
      const text = await (await get("/metrics")).text();
      const values = text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)`, "gm"));
      return [...values].reduce((sum, match) => sum + Number(match[1]), 0);
    },
    stop,
  };
}
