import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createLogger } from "@pulseboard/runtime";
import { beforeAll, describe, expect, it } from "vitest";
import { type AuditReport, audit } from "../src/audit/audit.ts";
import { formatReport } from "../src/audit/report.ts";
import { maintain } from "../src/life/maintain.ts";
import { createFixture, DAY_MS, type Event, type Fixture } from "./foldFixture.ts";

const MAIN = fileURLToPath(new URL("../src/audit/main.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

const logger = createLogger("audit-test", "silent");

/** `npm run audit` without npm. */
async function runAudit(url: string, ...args: string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", MAIN, ...args], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: url },
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await ended, stdout, stderr };
}

/** One wrong row each, by hand, and the check that must name it. */
const ALTERATIONS: { check: string; sql: string; says: RegExp }[] = [
  {
    check: "post_stats, all time",
    sql: "update post_stats set likes = likes + 1 where post_id = 2",
    says: /^post_id 2: likes expected 0, found 1$/,
  },
  {
    check: "post_stats, all time",
    sql: "delete from post_stats where post_id = 2",
    says: /^post_id 2: views expected \d+, found 0$/,
  },
  ...["5m", "1h", "24h"].map((window) => ({
    check: "post_stats, windows",
    sql: `update post_stats set views_${window} = views_${window} - 1 where post_id = 1`,
    says: new RegExp(`^post_id 1: views_${window} expected \\d+, found \\d+$`),
  })),
  {
    check: "post_stats, mapping",
    sql: "update post_stats set category = 'wrong' where post_id = 2",
    says: /^post_id 2: category expected news, found wrong$/,
  },
  {
    check: "post_stats, mapping",
    sql: "insert into post_stats (post_id, author_id, category, publish_timestamp) values (77, 1, 'news', now())",
    says: /^post_id 77: /,
  },
  {
    check: "post_minutes",
    sql: "delete from minute_batches where 1 = any(post_ids)",
    says: /^minute \d+, post_id 1: views expected 3, found 0$/,
  },
  {
    check: "post_quarters",
    sql: "update post_stats set open_shares = 9 where post_id = 1",
    says: /^post_id 1, quarter \d+: shares expected 0, found 9$/,
  },
  {
    check: "platform_quarters",
    sql: "update platform_quarters set views = views + 1",
    says: /^quarter \d+: views/,
  },
  {
    check: "category_quarters",
    sql: "delete from category_quarters where category = 'news'",
    says: /^category news, quarter \d+: views/,
  },
  {
    check: "author_quarters",
    sql: "update closed_author_quarters set author_id = 99 where author_id = 2",
    says: /^author_id 2, category news, quarter \d+: views expected 2, found 0$/,
  },
  {
    check: "author_quarters",
    sql: "update author_categories set open_views = open_views - 1 where author_id = 1",
    says: /^author_id 1, category news, quarter \d+: views expected 5, found 4$/,
  },
  {
    check: "post_days",
    sql: "delete from closed_post_days where post_id = 3",
    says: /^post_id 3, day \d+: views expected 2, found 0$/,
  },
  {
    check: "post_days",
    sql: "update post_stats set open_quarter = open_quarter - 96 where post_id = 1",
    says: /^post_id 1, day \d+: views expected 0, found 3$/,
  },
  {
    check: "author_days",
    sql: "update closed_author_days set likes = likes + 1",
    says: /^author_id 2, day \d+: likes expected 0, found 1$/,
  },
  {
    check: "author_days",
    sql: "update author_categories set open_comments = 1 where author_id = 1",
    says: /^author_id 1, day \d+: comments expected 0, found 1$/,
  },
  ...["posts", "engagements"].map((column) => ({
    check: "author_categories",
    sql: `update author_categories set ${column} = ${column} + 1 where author_id = 1`,
    says: new RegExp(`^author_id 1, category news: ${column} expected \\d+, found \\d+$`),
  })),
  {
    check: "author_categories",
    sql: "insert into author_categories (author_id, category) values (77, 'news')",
    says: /^author_id 77, category news: posts expected null, found 0; engagements expected null, found 0$/,
  },
  {
    check: "category_stats, top author",
    sql: "update category_stats set top_author_id = 1",
    says: /^category news: top_author_id expected 2, found 1$/,
  },
  {
    check: "category_stats, top author",
    sql: "update category_stats set top_author_engagements = top_author_engagements - 1",
    says: /^category news: top_author_engagements expected 6, found 5$/,
  },
  ...[
    "posts",
    "engagements",
    "posts_7d",
    "engagements_7d",
    "posts_30d",
    "engagements_30d",
    "posts_90d",
    "engagements_90d",
    "views_5m",
    "likes_1h",
    "shares_24h",
  ].map((column) => ({
    check: "author_stats",
    sql: `update author_stats set ${column} = ${column} + 1 where author_id = 1`,
    says: new RegExp(`^author_id 1: ${column} expected \\d+, found \\d+$`),
  })),
  ...["posts", "engagements", "views_5m", "comments_24h"].map((column) => ({
    check: "category_stats",
    sql: `update category_stats set ${column} = ${column} + 1 where category = 'news'`,
    says: new RegExp(`^category news: ${column} expected \\d+, found \\d+$`),
  })),
  {
    check: "stats",
    sql: "update stats set comments = comments + 1",
    says: /^singleton true: comments expected \d+, found \d+$/,
  },
  {
    check: "stats, rejected and duplicates",
    sql: "update stats set rejected = 3",
    says: /^rejected 3, rejected_in_logs 1/,
  },
  {
    check: "catalogue_counts",
    sql: "update catalogue_counts set rows = rows - 1 where kind = 'authors'",
    says: /^kind authors: rows expected 2, found 1$/,
  },
  {
    check: "top_candidates",
    sql: "delete from top_candidates where window_name = '1h' and post_id = 1",
    says: /^window_name 1h, rank 1: post_id expected 1, found 2$/,
  },
  {
    check: "top_candidates",
    sql: "delete from top_candidates where window_name = 'all' and post_id = 3",
    says: /^window_name all, rank 1: post_id expected 3, found 1$/,
  },
  {
    check: "top_floors",
    sql: "delete from top_candidates where window_name = 'all' and post_id = 2",
    says: /^window_name all, post_id 2, engagements 2, /,
  },
  {
    check: "top_floors",
    sql: "delete from top_candidates where window_name = '24h' and post_id = 2",
    says: /^window_name 24h, post_id 2, engagements/,
  },
  {
    check: "top_floors",
    sql: "delete from top_candidates where window_name = '5m'; delete from top_floors where window_name = '5m'",
    says: /^window_name 5m, post_id 1/,
  },
  {
    check: "accounting, offsets passed",
    sql: "update ingest_offsets set next_offset = next_offset + 1 where partition = 0",
    says: /^topic engagements, partition 0, log_number 1: passed expected \d+, found \d+$/,
  },
  {
    check: "accounting, offsets passed",
    sql: "insert into ingest_closed_logs (topic, partition, log_number, next_offset, first_offset, stored, rejected, duplicates, skipped, gaps) values ('engagements', 5, 1, 5, 0, 0, 0, 4, 0, 0)",
    says: /^topic engagements, partition 5, log_number 1: passed expected 5, found 4$/,
  },
  {
    check: "accounting, stored",
    sql: "update ingest_offsets set stored = stored - 1, skipped = skipped + 1 where partition = 0",
    says: /^counted engagements: stored expected \d+, found \d+$/,
  },
  {
    check: "accounting, stored",
    sql: "delete from engagements where event_id = (select min(event_id::text)::uuid from engagements)",
    says: /^counted engagements: stored/,
  },
  {
    check: "accounting, rejected",
    sql: "delete from rejected_events",
    says: /^topic engagements, partition 0, log_number 1: rejected expected 0, found 1$/,
  },
  {
    check: "accounting, gaps",
    sql: "insert into ingest_gaps (topic, partition, log_number, from_offset, to_offset) values ('engagements', 0, 1, 3, 5)",
    says: /^topic engagements, partition 0, log_number 1: gaps expected 2, found 0$/,
  },
  {
    check: "quarters, pruned",
    sql: "update storage_rules set quarters_from = 1952000, quarters_pruned_to = 1952000",
    says: /^table [a-z]+_quarters, quarter \d+, rows \d+$/,
  },
  ...[
    "closed_quarters values (1, 96, ",
    "platform_quarters values (96, ",
    "category_quarters values ('news', 96, ",
    "closed_author_quarters values (1, 'news', 96, ",
    "closed_post_days values (1, 1, ",
    "closed_author_days values (1, 1, ",
  ].map((row) => ({
    check: "quarters, pruned",
    sql: `update storage_rules set quarters_from = 960, quarters_pruned_to = 960; insert into ${row} 1, 0, 0, 0)`,
    says: new RegExp(`^table ${row.split(" ")[0]}, quarter 96, rows 1$`),
  })),
  {
    check: "archived_engagements",
    sql: "update archived_engagements set views = views + 1",
    says: /^counted engagements: engagements expected 2, found 3$/,
  },
  {
    check: "post_stats, all time",
    sql: "update archived_engagements set post_id = 2",
    says: /^post_id 2: views expected \d+, found \d+$/,
  },
  {
    check: "accounting, stored",
    sql: "update archived_months set engagements = engagements - 1",
    says: /^counted engagements: stored expected \d+, found \d+$/,
  },
  {
    check: "archived_months",
    sql: "update archived_months set month = '2026-03-01'",
    says: /^month 2026-03-01, rows \d+$/,
  },
  {
    check: "archived_months",
    sql: "update storage_rules set events_from = 'epoch'",
    says: /^month 2025-03-01, rows 0$/,
  },
  {
    check: "erasures",
    sql: "insert into erasures (user_id, finished_at) values (7, now()); update engagements set user_id = 7",
    says: /^user_id 7, rows \d+$/,
  },
  {
    check: "engagements, identity",
    sql: "drop index engagements_2026_03_event_id_idx; insert into engagements select * from engagements where engaged_timestamp >= '2026-03-01' limit 1",
    says: /^month 2026-03-01T00:00:00.000Z, event_id [0-9a-f-]+, rows 2$/,
  },
];

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
  await maintain(fixture.url, { months: 11, detailMonths: undefined, rejectedDays: undefined }, { logger });
  await write([...views(1, 5), ...views(2, 2, 50)], { windowMinute: fold.windowMinute, partition: 1 });
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
    "engagements",
  ],
  ...["storage_rules", "archived_engagements", "archived_months", "erasures"],
  ...["ingest_offsets", "ingest_closed_logs", "ingest_gaps", "rejected_events"],
];

const named = (report: AuditReport, check: string) =>
  report.checks.find((finding) => finding.check === check)!;

describe("the audit", () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await goodData();
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

  it("has an alteration below for each of its checks but the count of a view", async () => {
    const checks = (await audit(fixture.url)).checks.map((finding) => finding.check);
    const altered = new Set(ALTERATIONS.map(({ check }) => check));
    expect(checks.filter((check) => !altered.has(check))).toEqual(["engagement_stats"]);
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
        SAVED.map((table) => `truncate ${table}; insert into ${table} select * from saved_${table}`).join(
          "; ",
        ),
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
