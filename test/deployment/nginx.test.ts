import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { startTestApi } from "../../services/api/test/apiFixture.ts";
import { fillCatalogue, randomEvents } from "../../services/api/test/rawAnswers.ts";
import { createFixture, DAY_MS } from "../../services/ingest/test/foldFixture.ts";
import { createCertificates } from "../support/certificates.ts";
import { createTestDatabase } from "../support/database.ts";
import { createTestFolder } from "../support/folder.ts";
import { freePort } from "../support/freePort.ts";
import { ROOT } from "../support/process.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

const NGINX = ["nginx", "/usr/sbin/nginx"].find((path) => spawnSync(path, ["-v"]).status === 0);
if (!NGINX) console.warn("left out: the tests behind nginx, for want of nginx");

interface Ports {
  https: number;
  http: number;
}

/** nginx with the template of docker-compose.yml in front of an API. */
async function startNginx(apiUrl: string): Promise<Ports> {
  const folder = await createTestFolder();
  const [port, http] = [await freePort(), await freePort()];
  const { certificate, key } = await createCertificates("IP:127.0.0.1");
  const template = await readFile(join(ROOT, "docker/nginx/pulseboard.conf.template"), "utf8");
  const cache = await readFile(join(ROOT, "docker/nginx/live-cache.conf"), "utf8");
  const [cachePath, cacheLocation] = cache
    .replace("/tmp/pulseboard-live", `${folder}/cache`)
    .split(/^(?=location)/m);
  const site = template
    .replaceAll(/\$\{SERVER_NAME\}/g, "localhost")
    .replaceAll(/\$\{TLS_PORT\}/g, String(port))
    .replace("listen 8080;", `listen 127.0.0.1:${http};`)
    .replace("server api:8000", `server ${new URL(apiUrl).host}`)
    // As nginx before 1.25 spells it.
    .replace("listen 8443 ssl;", `listen 127.0.0.1:${port} ssl http2;`)
    .replace("http2 on;", "")
    .replace("location / {", () => `${cacheLocation} location = /connections { stub_status; } location / {`)
    .replace("/certificates/fullchain.pem", certificate)
    .replace("/certificates/privkey.pem", key);
  const config = join(folder, "nginx.conf");
  await writeFile(
    config,
    `daemon off; pid ${folder}/pid; error_log stderr crit; user root; events {}
     http { access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
            uwsgi_temp_path ${folder}; scgi_temp_path ${folder}; ${cachePath} ${site} }`,
  );
  const nginx = spawn(NGINX!, ["-c", config, "-p", folder], { stdio: ["ignore", "ignore", "inherit"] });
  const exited = once(nginx, "exit");
  onTeardown(async () => {
    nginx.kill("SIGTERM");
    await exited;
  });
  await until(async () => (await ask(port, "/healthz")).status, {
    is: (code) => code === 200,
    what: "nginx to answer",
  });
  return { https: port, http };
}

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: Buffer;
}
interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer;
  /** The client's address. */
  from?: string;
  scheme?: "http" | "https";
}

/** An answer as it comes over the wire. */
function ask(port: number, path: string, asked: Asked = {}): Promise<Answer> {
  const { method = "GET", headers = {}, body, from = "127.0.0.1", scheme = "https" } = asked;
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path, method, localAddress: from, headers };
    const send = scheme === "http" ? httpRequest : request;
    send({ ...options, agent: false, rejectUnauthorized: false }, async (response) => {
      const chunks = await response.toArray();
      resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
    })
      .on("error", reject)
      .end(body);
  });
}

describe.skipIf(!NGINX)("behind nginx of docker-compose.yml", () => {
  it("two clients have limits of their own, whatever they say of themselves", async () => {
    const api = await startTestApi((await createTestDatabase()).url, {
      RATE_LIMIT: "2",
      TRUSTED_PROXIES: "127.0.0.1",
    });
    const { https } = await startNginx(api.url);
    const status = async (from: string, headers = {}) =>
      (await ask(https, "/live/stats", { from, headers })).status;
    const three = async (from: string) => [await status(from), await status(from), await status(from)];
    expect(await three("127.0.0.2")).toEqual([200, 200, 429]);
    expect(await status("127.0.0.2", { "x-forwarded-for": "203.0.113.1" })).toBe(429);
    expect(await three("127.0.0.3")).toEqual([200, 200, 429]);
  });

  it("fifty who wait for the same live message cost the API one request, and get it all", async () => {
    const fixture = await createFixture();
    await fillCatalogue(fixture);
    await fixture.fold.foldNow();
    const api = await startTestApi(fixture.url);
    const { https } = await startNginx(api.url);
    const { version } = await api.json("/live/totals");
    const path = `/live/totals?after=${version}`;
    const waiting = Array.from({ length: 50 }, () => ask(https, path));
    const connections = async () => {
      const status = (await ask(https, "/connections")).body.toString();
      return Number(/Writing: (\d+)/.exec(status)?.[1]);
    };
    await until(connections, { is: (writing) => writing === 51, what: "nginx to hold all of them" });
    await until(() => api.metric("pulseboard_live_polls"), { is: (polls) => polls === 1 });
    await fixture.write(randomEvents(fixture, 10, DAY_MS, 3, 1));
    await fixture.fold.foldNow();
    const answers = await Promise.all(waiting);
    const [first] = answers;
    expect(JSON.parse(first!.body.toString()).version).toBeGreaterThan(version);
    for (const { status, body } of answers)
      expect([status, body.toString()]).toEqual([200, first!.body.toString()]);
    // The first was asked for without nginx.
    const asked = await api.metric(`pulseboard_http_request_seconds_count{[^}]*route="/live/totals"[^}]*}`);
    expect(asked).toBe(2);
  });

  it("HTTP leads to https, nginx's own errors are problems, and answers are compressed under their own tags", async () => {
    const api = await startTestApi((await createTestDatabase()).url);
    const ports = await startNginx(api.url);
    const to = `https://localhost:${ports.https}/analytics/trending?limit=3`;
    for (const port of [ports.http, ports.https]) {
      const headers = { host: "localhost:80" };
      const plain = await ask(port, "/analytics/trending?limit=3", { headers, scheme: "http" });
      expect([plain.status, plain.headers.location]).toEqual([308, to]);
    }

    const gzip = { "accept-encoding": "gzip" };
    const document = await ask(ports.https, "/openapi.json", { headers: gzip });
    expect([document.headers["content-encoding"], document.headers.vary]).toEqual([
      "gzip",
      expect.stringContaining("Accept-Encoding"),
    ]);
    expect(JSON.parse(gunzipSync(document.body).toString())).toEqual(api.openApi);
    const about = await ask(ports.https, "/about", { headers: gzip });
    expect(about.headers["content-encoding"]).toBe("gzip");
    const minutes = await ask(ports.https, "/analytics/overview", { headers: gzip });
    const tag = minutes.headers.etag!;
    expect(tag).toMatch(/^"[^"]+-gzip"$/);
    const again = await ask(ports.https, "/analytics/overview", {
      headers: { ...gzip, "if-none-match": tag },
    });
    expect([again.status, again.headers.etag]).toEqual([304, tag]);

    const expectProblem = ({ status, headers, body }: Answer, problem: object) => {
      expect(headers["content-type"]).toBe("application/problem+json");
      expect(headers["strict-transport-security"]).toBe("max-age=31536000");
      expect({ ...JSON.parse(body.toString()), answered: status }).toMatchObject({
        type: "about:blank",
        ...problem,
      });
    };
    const body = Buffer.alloc(4 * 1024 * 1024 + 1, " ");
    const large = await ask(ports.https, "/events", { method: "POST", body });
    expectProblem(large, { answered: 413, status: 413, title: "Payload Too Large" });
    expectProblem(await ask(ports.https, "/metrics"), { answered: 404, status: 404 });
    const manyHeaders = { "x-large": "x".repeat(40_000) };
    expectProblem(await ask(ports.https, "/", { headers: manyHeaders }), { answered: 431, status: 431 });
    const unknown = await ask(ports.https, "/engagement/999999");
    expect(JSON.parse(unknown.body.toString())).toMatchObject({ status: 404, parameter: "post_id" });
    await api.stop();
    const away = await ask(ports.https, "/live/stats");
    expectProblem(away, { answered: 502, status: 502, detail: "the API does not answer, try again" });
    expect(away.headers["retry-after"]).toBe("1");
  });
});
