import { beforeAll, expect, it } from "vitest";
import { until } from "../../../test/support/until.ts";
import type { Fixture } from "../../ingest/test/foldFixture.ts";
import type { TestApi } from "./apiFixture.ts";
import { startFilledApi } from "./filledApi.ts";
import { openClient } from "./liveClient.ts";

let api: TestApi;
let fixture: Fixture;
beforeAll(async () => {
  ({ api, fixture } = await startFilledApi());
});

const untilReadiness = (status: number) =>
  until(() => api.get("/readyz"), {
    what: `/readyz to be ${status}`,
    timeoutMs: 10_000,
    is: (response) => response.status === status,
  });

it("what ingest finds wrong is told by readiness, live answers and the metric, and not when it has ended or crashed", async () => {
  await fixture.pool.query(
    `insert into conditions (condition, source, blocks, detail, since, renewed_at)
     values ('fold', 'one:1', false, 'slow', '2026-01-01 00:00Z', now() + interval '10 s'),
            ('fold', 'two:1', true, 'nothing is folded', '2026-01-02 00:00Z', now() + interval '10 s'),
            ('set_aside', 'two:1', false, 'post 7', '2026-01-03 00:00Z', now() + interval '10 s'),
            ('clock', 'crashed:1', true, '', now(), now() - interval '21 s')`,
  );
  const { checks } = (await (await untilReadiness(503)).json()) as { checks: Record<string, unknown> };
  expect(checks).toMatchObject({
    database: { ok: true },
    fold: { ok: false, reason: "nothing is folded" },
    set_aside: { ok: true, reason: "post 7" },
  });
  expect(checks.clock).toBeUndefined();

  const conditions = [
    { condition: "fold", detail: "nothing is folded", since: "2026-01-01T00:00:00.000Z", blocks: true },
    { condition: "set_aside", detail: "post 7", since: "2026-01-03T00:00:00.000Z", blocks: false },
  ];
  expect((await api.json("/live/stats")).conditions).toEqual(conditions);
  const client = await openClient(api.url);
  expect((await client.subscribe("totals")).data).toMatchObject({ conditions });
  const csv = await (await api.get("/live/stats?format=csv")).text();
  expect(
    csv
      .trim()
      .split("\r\n")
      .map((line) => line.split(",").at(-1)),
  ).toEqual(["conditions", "fold set_aside"]);
  expect(await api.metric('pulseboard_condition\\{condition="fold".*\\}')).toBe(1);

  await fixture.pool.query("delete from conditions");
  await untilReadiness(200);
  expect((await api.json("/live/stats")).conditions).toEqual([]);
});
