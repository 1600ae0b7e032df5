import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startTestApi } from "../../services/api/test/apiFixture.ts";
import { createCertificates } from "../support/certificates.ts";
import { createTestDatabase } from "../support/database.ts";
import { createTestFolder } from "../support/folder.ts";
import { freePort } from "../support/freePort.ts";
import { ROOT } from "../support/process.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

const NGINX = ["nginx", "/usr/sbin/nginx"].find((path) => spawnSync(path, ["-v"]).status === 0);
if (!NGINX) console.warn("left out: two clients behind nginx, for want of nginx");

/** nginx with the template of docker-compose.yml in front of an API. @returns its port */
async function startNginx(apiUrl: string): Promise<number> {
  const folder = await createTestFolder();
  const port = await freePort();
  const { certificate, key } = await createCertificates("IP:127.0.0.1");
  const template = await readFile(join(ROOT, "docker/nginx/pulseboard.conf.template"), "utf8");
  const site = template
    .replaceAll(/\$\{SERVER_NAME\}/g, "localhost")
    .replace("server api:8000", `server ${new URL(apiUrl).host}`)
    // As nginx before 1.25 spells it.
    .replace("listen 8443 ssl;", `listen 127.0.0.1:${port} ssl http2;`)
    .replace("http2 on;", "")
    .replace("/certificates/fullchain.pem", certificate)
    .replace("/certificates/privkey.pem", key);
  const config = join(folder, "nginx.conf");
  await writeFile(
    config,
    `daemon off; pid ${folder}/pid; error_log stderr; user root; events {}
     http { access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
            uwsgi_temp_path ${folder}; scgi_temp_path ${folder}; ${site} }`,
  );
  const nginx = spawn(NGINX!, ["-c", config, "-p", folder], { stdio: ["ignore", "ignore", "inherit"] });
  const exited = once(nginx, "exit");
  onTeardown(async () => {
    nginx.kill("SIGTERM");
    await exited;
  });
  await until(() => status(port, "127.0.0.1", "/healthz"), {
    is: (code) => code === 200,
    what: "nginx to answer",
  });
  return port;
}

/** Of a request from an address of this machine. */
function status(port: number, localAddress: string, path: string, headers = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path, localAddress, headers, rejectUnauthorized: false };
    request({ ...options, agent: false }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    })
      .on("error", reject)
      .end();
  });
}

describe.skipIf(!NGINX)("behind nginx of docker-compose.yml", () => {
  it("two clients have limits of their own, whatever they say of themselves", async () => {
    const api = await startTestApi((await createTestDatabase()).url, {
      RATE_LIMIT: "2",
      TRUSTED_PROXIES: "127.0.0.1",
    });
    const port = await startNginx(api.url);
    const ask = (address: string, headers = {}) => status(port, address, "/live/stats", headers);
    expect([await ask("127.0.0.2"), await ask("127.0.0.2"), await ask("127.0.0.2")]).toEqual([200, 200, 429]);
    expect(await ask("127.0.0.2", { "x-forwarded-for": "203.0.113.1" })).toBe(429);
    expect([await ask("127.0.0.3"), await ask("127.0.0.3"), await ask("127.0.0.3")]).toEqual([200, 200, 429]);
  });
});
