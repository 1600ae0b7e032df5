import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { createFixture } from "../../ingest/test/foldFixture.ts";
import { INVARIANTS } from "../src/about/invariants.ts";
import { startTestApi, type TestApi } from "./apiFixture.ts";

const ROOT = new URL("../../../", import.meta.url);
let api: TestApi;

beforeAll(async () => {
  api = await startTestApi((await createFixture()).url);
});

test("every promise is that of ARCHITECTURE.md, which names what proves it", () => {
  const text = readFileSync(new URL("ARCHITECTURE.md", ROOT), "utf8");
  const rows = [...text.matchAll(/^\| (I\d+) \| (.+?) \| .+ \|$/gm)];
  expect(rows.map(([, name, promise]) => ({ name, promise }))).toEqual(INVARIANTS);
});

test("tables, questions, endpoints and promises are those of this system", async () => {
  const { version, schema, queries, endpoints, invariants } = await api.json("/about");
  expect(version).toMatch(/^\d+\.\d+\.\d+/);
  expect(schema.map(({ table }: { table: string }) => table)).toEqual([
    ...["authors", "posts", "users", "post_metadata", "engagements", "engagement_stats", "rejected_events"],
    "ingest_offsets",
  ]);
  for (const { columns } of schema) expect(columns.length).toBeGreaterThan(3);
  expect(schema[0].columns).toContainEqual({ name: "author_id", type: "integer" });
  expect(queries.map(({ name }: { name: string }) => name)).toEqual(
    readdirSync(new URL("sql/", ROOT))
      .filter((name) => name.endsWith(".sql"))
      .sort(),
  );
  expect(queries.find(({ name }: { name: string }) => name === "live_stats.sql")).toMatchObject({
    question: "what has been counted so far, how fast is it growing, and how fresh is it?",
    grain: "one row.",
  });
  const live = endpoints.filter(({ live }: { live: string | null }) => live !== null);
  expect(Object.fromEntries(live.map(({ path, live }: Record<string, string>) => [live, path]))).toEqual({
    heatmap: "/analytics/engagement-patterns",
    leaderboard: "/analytics/trending",
    totals: "/live/stats",
    overview: "/analytics/overview",
    post: "/engagement/{post_id}",
  });
  const documented = Object.entries(api.openApi.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object)
      .filter((method) => ["get", "post", "put"].includes(method))
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(endpoints.map(({ method, path }: Record<string, string>) => `${method} ${path}`).sort()).toEqual(
    documented.filter((one) => one !== "GET /" && one !== "GET /about").sort(),
  );
  expect(invariants).toEqual(INVARIANTS);
});
