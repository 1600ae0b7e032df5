import { expect, test } from "vitest";
import { createTestDatabase } from "../../../test/support/database.ts";
import { startTestApi } from "./apiFixture.ts";

test("an empty system answers every GET: empty lists, zeros, and 404 for unknown ids", async () => {
  const { url } = await createTestDatabase();
  const api = await startTestApi(url);
  const status = Object.fromEntries(
    await Promise.all(
      Object.entries(api.openApi.paths)
        .filter(([, methods]) => "get" in (methods as object))
        .map(([path]) => path.replace(/\{[^}]+\}/, "1"))
        .filter((path) => !/^\/(live\/[a-z]+$|export|rejected|readyz|$)/.test(path) || path === "/live/stats")
        .map(async (path) => [path, (await fetch(api.url + path)).status]),
    ),
  );
  const missing = ["/posts/1", "/authors/1", "/author/1/trends", "/engagement/1"];
  expect(Object.fromEntries(missing.map((path) => [path, status[path]]))).toEqual(
    Object.fromEntries(missing.map((path) => [path, 404])),
  );
  for (const path of missing) delete status[path];
  expect(Object.entries(status).filter(([, code]) => code !== 200)).toEqual([]);
  expect(await api.json("/posts?sort=engagements&q=a")).toEqual({ total: 0, posts: [], next_cursor: null });
  expect(await api.json("/authors")).toMatchObject({ total: 0, authors: [] });
});
