import pg from "pg";
import { describe, expect, it } from "vitest";
import { until } from "../../../test/support/until.ts";
import type { Fixture } from "./foldFixture.ts";
import { createPosts, event, keep, totals } from "./lifeFixture.ts";

describe("rollups by quarter hour", () => {
  it("lose what is old; all-time counts, late events and posts that move stay exact", async () => {
    const fixture = await createPosts();
    await fixture.write([
      event("2024-06-01T10:00:00Z"),
      event("2025-01-31T23:59:59.999Z", 1, "like"),
      event("2025-02-01T00:00:00Z"),
      event("2026-03-10T12:00:00Z"),
      event("2024-06-01T10:00:00Z", 2),
    ]);
    await fixture.fold.foldNow();
    await keep(fixture.url, { months: 24 });
    await keep(fixture.url, { detailMonths: 13 });
    const quarters = () =>
      fixture.rows(
        `select post_id, to_timestamp(quarter * 900.0) as at from post_quarters, storage_rules
         where quarter >= quarters_from order by 1, 2`,
      );
    const kept = [
      { post_id: 1, at: new Date("2025-02-01T00:00:00Z") },
      { post_id: 1, at: new Date("2026-03-10T12:00:00Z") },
    ];
    expect(await quarters()).toEqual(kept);
    expect(await fixture.drift()).toEqual([]);

    for (const table of [
      "closed_quarters",
      "closed_post_days",
      "closed_author_quarters",
      "closed_author_days",
    ])
      expect(await fixture.rows(`select from ${table}`)).toHaveLength(1);
    await fixture.write([event("2025-01-31T23:45:00Z", 1, "like"), event("2024-06-01T10:00:00Z", 2)]);
    await fixture.fold.foldNow();
    await fixture.putPost({ id: 1, author: 7, category: "tech", publish: new Date("2024-01-01T00:00:00Z") });
    await fixture.fold.foldNow();
    expect(await quarters()).toEqual(kept);
    expect(await fixture.drift()).toEqual([]);
    expect(await totals(fixture)).toEqual([
      { post_id: 1, author_id: 7, category: "tech", views: 3, likes: 2 },
      { post_id: 2, author_id: 2, category: "news", views: 2, likes: 0 },
    ]);
    expect(await fixture.rows("select author_id, engagements::integer from author_stats order by 1")).toEqual(
      [
        { author_id: 2, engagements: 2 },
        { author_id: 7, engagements: 5 },
      ],
    );
    expect(
      await fixture.rows("select category, count(*)::integer as quarters from category_quarters group by 1"),
    ).toEqual([{ category: "tech", quarters: 2 }]);
  });

  it("lose nothing that a fold is counting: the horizon waits for it, and old counts go with the next upkeep", async () => {
    const fixture = await createPosts();
    await fixture.write([event("2024-06-01T10:00:00Z"), event("2026-03-10T12:00:00Z")]);
    // It may find the horizon being moved, and comes back then.
    const [outcome] = await Promise.all([
      until(() => fixture.fold.foldNow()),
      keep(fixture.url, { detailMonths: 13 }),
      keep(fixture.url, { detailMonths: 13 }),
    ]);
    expect(outcome.engagements).toBe(2);
    await keep(fixture.url, { detailMonths: 13 });
    expect(await fixture.drift()).toEqual([]);
    expect(await fixture.rows("select count(*)::integer from platform_quarters")).toEqual([{ count: 1 }]);
  });

  it("leave the archive with one sum a post for what is older, and the audit a proof of it", async () => {
    const fixture = await createPosts();
    await fixture.write([
      event("2024-06-01T10:00:00Z"),
      event("2024-07-01T10:00:00Z"),
      event("2025-03-01T10:00:00Z"),
      event("2026-03-10T12:00:00Z"),
    ]);
    await fixture.fold.foldNow();
    await keep(fixture.url, { months: 20 });
    await keep(fixture.url, { months: 2, detailMonths: 13 });
    expect(
      await fixture.rows(
        "select quarter > 0 as detailed, views::integer from archived_engagements order by 1",
      ),
    ).toEqual([
      { detailed: false, views: 2 },
      { detailed: true, views: 1 },
    ]);
    expect(await fixture.drift()).toEqual([]);
    await fixture.pool.query("update archived_engagements set views = views - 1 where quarter = 0");
    expect((await fixture.drift()).join()).toMatch(/archived_engagements: .*expected 3, found 2/);
  });
});

describe("rejected events", () => {
  it("lose key and payload after their days, and nothing else", async () => {
    const { url, pool, rows } = await createPosts();
    await pool.query(
      `insert into rejected_events (topic, partition, log_number, "offset", reason, detail, message_key, payload, replay_payload, rejected_at)
       select 't', 0, 1, n, 'not_json', 'not valid JSON', 'key', 'payload', 'mended', to_timestamp(window_minute * 60.0) - n * interval '1 hour' - interval '5 seconds'
       from generate_series(1, 2500) n, stats`,
    );
    await keep(url, { rejectedDays: 30 });
    expect(
      await rows(
        `select payload_removed_at is null as kept, count(*)::integer, count(payload)::integer as payloads, count(replay_payload)::integer as replays,
                count(message_key)::integer as keys, max("offset")::integer as last, min(reason) as reason
         from rejected_events group by 1 order by 1`,
      ),
    ).toEqual([
      { kept: false, count: 1_781, payloads: 0, replays: 0, keys: 0, last: 2_500, reason: "not_json" },
      { kept: true, count: 719, payloads: 719, replays: 719, keys: 719, last: 719, reason: "not_json" },
    ]);
  });

  it("that a replay holds keep theirs until the next time, and nothing waits for it", async () => {
    const { url, pool, rows } = await createPosts();
    await pool.query(
      `insert into rejected_events (topic, partition, log_number, "offset", reason, detail, payload, rejected_at)
       select 't', 0, 1, n, 'not_json', 'not valid JSON', 'payload', to_timestamp(window_minute * 60.0) - interval '2 days' from generate_series(1, 20) n, stats`,
    );
    const kept = () => rows('select "offset"::integer from rejected_events where payload is not null');
    const replay = new pg.Client({ connectionString: url });
    await replay.connect();
    await replay.query('begin; select from rejected_events where "offset" = 5 for update');
    await keep(url, { rejectedDays: 1 });
    expect(await kept()).toEqual([{ offset: 5 }]);
    await replay.end();
    await keep(url, { rejectedDays: 1 });
    expect(await kept()).toEqual([]);
  });
});

describe("closed months", () => {
  const indexes = ({ rows }: Fixture) =>
    rows<{ table: string; valid: boolean }>(
      `select indrelid::regclass::text as table, indisvalid as valid from pg_index
       where indkey::text = '2 5' and indrelid::regclass::text like 'engagements_%' order by 1`,
    );

  it("get an index for looking into one post a day after their end; the month being written has none", async () => {
    const fixture = await createPosts();
    await fixture.write([
      event("2026-01-05T00:00:00Z"),
      event("2026-02-05T00:00:00Z"),
      event("2026-03-05T00:00:00Z"),
    ]);
    const at = (time: string) =>
      fixture.pool.query("update stats set window_minute = extract(epoch from $1::timestamptz) / 60", [time]);
    await at("2026-03-01T23:59:00Z");
    await keep(fixture.url, {});
    expect(await indexes(fixture)).toEqual([{ table: "engagements_2026_01", valid: true }]);
    await at("2026-03-02T00:00:00Z");
    await keep(fixture.url, {});
    expect(await indexes(fixture)).toEqual([
      { table: "engagements_2026_01", valid: true },
      { table: "engagements_2026_02", valid: true },
    ]);
  });

  it("have an index built again that a crash has left unfinished", async () => {
    const fixture = await createPosts();
    await fixture.write([event("2026-01-05T00:00:00Z")]);
    await keep(fixture.url, {});
    await fixture.pool.query(
      "update pg_index set indisvalid = false where indexrelid = 'engagements_2026_01_post_id_engaged_timestamp'::regclass",
    );
    expect(await indexes(fixture)).toEqual([{ table: "engagements_2026_01", valid: false }]);
    await keep(fixture.url, {});
    expect(await indexes(fixture)).toEqual([{ table: "engagements_2026_01", valid: true }]);
  });
});
