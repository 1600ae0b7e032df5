import { mkdir, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { createLogger } from "@pulseboard/runtime";
import express from "express";
import { expect, test } from "vitest";
import { createTestFolder } from "../../../test/support/folder.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { handleErrors, notFound } from "../src/http/problem.ts";
import { dashboardRoutes } from "../src/http/routes/dashboard.ts";

async function serve(folder: string): Promise<string> {
  const app = express();
  app.use("/dashboard", dashboardRoutes(folder));
  app.use(notFound, handleErrors(createLogger("test", "silent")));
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTeardown(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/dashboard`;
}

test("assets are kept for ever, the page that names them is asked for each time", async () => {
  const folder = await createTestFolder();
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), "<title>page</title>");
  await writeFile(join(folder, "theme.js"), "1");
  await writeFile(join(folder, "assets", "index-abc.js"), "2");
  const url = await serve(folder);
  const cache = async (path: string) => (await fetch(url + path)).headers.get("cache-control");
  expect(await cache("/")).toBe("no-cache");
  expect(await cache("")).toBe("no-cache");
  expect(await cache("/theme.js")).toBe("no-cache");
  expect(await cache("/assets/index-abc.js")).toBe("public, max-age=31536000, immutable");
  expect((await fetch(url)).url).toBe(`${url}/`);
  expect((await fetch(`${url}/assets/index-old.js`)).status).toBe(404);
  expect((await fetch(`${url}/assets/index-old.js`)).headers.get("content-type")).toContain("problem+json");
});

test("what the build has compressed is served compressed, to who takes it, with the type and caching of the file", async () => {
  const folder = await createTestFolder();
  await mkdir(join(folder, "assets"));
  const script = "export const answer = 42;\n".repeat(100);
  await writeFile(join(folder, "index.html"), "<title>page</title>");
  await writeFile(join(folder, "assets", "index-abc.js"), script);
  await writeFile(join(folder, "assets", "index-abc.js.br"), brotliCompressSync(script));
  await writeFile(join(folder, "assets", "index-abc.js.gz"), gzipSync(script));
  const url = await serve(folder);
  const ask = async (encoding: string) => {
    const response = await fetch(`${url}/assets/index-abc.js`, { headers: { "accept-encoding": encoding } });
    expect(await response.text()).toBe(script);
    expect(response.headers.get("content-type")).toContain("javascript");
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(response.headers.get("vary")).toBe("Accept-Encoding");
    return response.headers.get("content-encoding");
  };
  expect(await ask("gzip, deflate, br")).toBe("br");
  expect(await ask("gzip")).toBe("gzip");
  expect(await ask("identity")).toBeNull();
});

test("without a build the answer says how to make one", async () => {
  const url = await serve(await createTestFolder());
  const response = await fetch(`${url}/`);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ detail: expect.stringContaining("npm run build") });
});
