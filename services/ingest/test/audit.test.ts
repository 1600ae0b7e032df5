import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { programArguments } from "../../../test/support/programs.ts";
import { type AuditReport, audit } from "../src/audit/audit.ts";
import { formatReport } from "../src/audit/report.ts";
import { ALTERATIONS } from "./alterations.ts";
import { createFixture, DAY_MS, type Event, type Fixture } from "./foldFixture.ts";
import { keep } from "./lifeFixture.ts";

const MAIN = fileURLToPath(new URL("../src/audit/main.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** `npm run audit` without npm. */
async function runAudit(url: string, ...args: string[]) {
  const child = spawn(process.execPath, [...programArguments(MAIN), ...args], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: url },
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await ended, stdout, stderr };
}

/** A system that has folded and archived a month, with deltas and catalogue changes that are not folded yet, a reject and old history. */
async function goodData(): Promise<Fixture> {
  const fixture = await createFixture();
  const { pool, fold, putPost, write, clock } = fixture;
  const views = (postId: number, count: number, daysAgo = 0): Event[] =>
    Array.from({ length: count }, () => ({
      postId,
      type: "view",
      at: clock.now.getTime() - daysAgo * DAY_MS,
    }));
  await putPost({ id: 1, author: 1, category: "news", publish: new Date("2026-03-09T00:00:00Z") });
  await putPost({ id: 2, author: 1, category: "news", publish: new Date("2026-02-09T00:00:00Z") });
  await putPost({ id: 3, author: 2, category: "news", publish: new Date("2025-02-09T00:00:00Z") });
  await write([...views(1, 3), ...views(2, 2), ...views(3, 4, 60), ...views(3, 2, 360)]);
  await fold.foldNow();
  await keep(fixture.url, { months: 11 });
  await write([...views(1, 5), ...views(2, 2, 50)], { minutesFrom: fold.minutesFrom, partition: 1 });
  await pool.query(
    "update ingest_offsets set next_offset = next_offset + 1, rejected = 1 where partition = 0",
  );
  await pool.query(
    `insert into rejected_events (topic, partition, log_number, "offset", reason, detail)
     values ('engagements', 0, 1, 9, 'not_json', 'empty')`,
  );
  await putPost({ id: 3, author: 2, category: "tech", publish: new Date("2025-02-09T00:00:00Z") });
  await putPost({ id: 4, author: 2, category: "tech", publish: new Date("2026-03-09T00:00:00Z") });
  return fixture;
}

/** Every table an alteration touches, saved once and put back after each. */
const SAVED = [
  ...[
    "stats",
    "post_stats",
    "author_stats",
    "category_stats",
    "minute_batches",
    "closed_quarters",
    "platform_quarters",
  ],
  ...[
    "category_quarters",
    "closed_author_quarters",
    "closed_post_days",
    "closed_author_days",
    "author_categories",
    "top_candidates",
    "top_floors",
    "catalogue_counts",
    "shown_posts",
    "shown_authors",
    "engagements",
  ],
  ...["storage_rules", "archived_engagements", "archived_months", "erasures"],
  ...["ingest_offsets", "ingest_closed_logs", "ingest_gaps", "rejected_events"],
  "set_aside_counts",
  ...["category_minutes", "author_minutes", "category_engaged_posts", "author_engaged_posts"],
];

const named = (report: AuditReport, check: string) =>
  report.checks.find((finding) => finding.check === check)!;

describe("the audit", () => {
  let fixture: Fixture;
  /** Columns that can be written, by table. */
  const columns = new Map<string, string>();
  beforeAll(async () => {
    fixture = await goodData();
    for (const { name, list } of await fixture.rows<{ name: string; list: string }>(
      `select table_name as name, string_agg(quote_ident(column_name), ', ') as list
       from information_schema.columns
       where table_schema = 'public' and is_generated = 'NEVER'
       group by table_name`,
    ))
      columns.set(name, list);
    await fixture.pool.query(
      SAVED.map((table) => `create table saved_${table} as table ${table}`).join("; "),
    );
  });

  it("finds good data exact, with deltas and catalogue changes that are not folded yet", async () => {
    expect(await fixture.drift()).toEqual([]);
    const report = await audit(fixture.url);
    expect(report.exact).toBe(true);
    expect(named(report, "post_quarters").compared).toBe(4);
    expect(named(report, "post_stats, mapping").compared).toBe(2);
  });

  it("has an alteration below for each of its checks but the count of a view and what is only named", async () => {
    const checks = (await audit(fixture.url)).checks.map((finding) => finding.check);
    const altered = new Set(ALTERATIONS.map(({ check }) => check));
    expect(checks.filter((check) => !altered.has(check))).toEqual(["engagement_stats", "set aside"]);
  });

  it.each(ALTERATIONS)("names the row: $check, $sql", async ({ check, sql, says }) => {
    const { pool } = fixture;
    try {
      await pool.query(sql);
      const report = await audit(fixture.url);
      expect(report.exact).toBe(false);
      expect(named(report, check).differences).toBeGreaterThan(0);
      expect(named(report, check).examples[0]).toMatch(says);
    } finally {
      await pool.query(
        SAVED.map((table) => {
          const list = columns.get(table);
          return `truncate ${table}; insert into ${table} (${list}) select ${list} from saved_${table}`;
        }).join("; "),
      );
      await pool.query(
        "create unique index if not exists engagements_2026_03_event_id_idx on engagements_2026_03 (event_id)",
      );
    }
  });

  it("bounds its examples", async () => {
    const { pool } = fixture;
    await pool.query("insert into platform_quarters select n, 1, 0, 0, 0 from generate_series(1, 50) n");
    try {
      const found = named(await audit(fixture.url), "platform_quarters");
      expect(found).toMatchObject({ differences: 50 });
      expect(found.examples).toHaveLength(5);
    } finally {
      await pool.query("delete from platform_quarters where quarter <= 50");
    }
  });

  it("judges one snapshot while writers and folds go on", async () => {
    const busy = await goodData();
    const work = { done: false };
    const writing = (async () => {
      while (!work.done) {
        await busy.write([1, 2, 3].map((postId) => ({ postId, type: "like", at: busy.clock.now.getTime() })));
        await busy.fold.foldNow();
      }
    })();
    for (let round = 0; round < 10; round++) expect(await busy.drift()).toEqual([]);
    work.done = true;
    await writing;
  });
});

describe("npm run audit", () => {
  it("ends with status 0 and a table when exact, 1 with the row named when not", async () => {
    const { url, pool } = await goodData();
    const good = await runAudit(url);
    expect(good).toMatchObject({ status: 0, stderr: "" });
    expect(good.stdout).toMatch(/check +\| rows compared \| differences \| first examples/);
    expect(good.stdout).toMatch(/post_stats, all time +\| +3 \| +0 \|\n[\s\S]*\nexact at version \d+/);

    await pool.query("update post_stats set open_views = 100 where post_id = 1");
    const bad = await runAudit(url);
    expect(bad.status).toBe(1);
    expect(bad.stdout).toMatch(/post_quarters .* 1 \| post_id 1, quarter \d+: views expected 3, found 100/);
    const json = await runAudit(url, "--json");
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ exact: false, version: expect.any(Number) });
  });

  it("counts one difference in the singular", () => {
    const verdictOf = (differences: number) =>
      formatReport({
        exact: false,
        version: 1,
        asOf: "2026-11-22T00:00:00.000Z",
        checks: [{ check: "stats", compared: 9, differences, examples: [] }],
      }).split("\n\n")[1];
    expect(verdictOf(1)).toMatch(/^1 difference at/);
    expect(verdictOf(2)).toMatch(/^2 differences at/);
  });

  it("explains itself, and a bad argument in one line", async () => {
    expect(await runAudit("postgresql://nowhere", "--help")).toMatchObject({ status: 0, stderr: "" });
    const bad = await runAudit("postgresql://nowhere", "--jsonn");
    expect(bad.status).toBe(1);
    expect(bad.stderr.trim().split("\n")).toHaveLength(1);
  });
});
