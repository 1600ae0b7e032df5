import { beforeAll, describe, expect, it } from "vitest";
import { until } from "../../../test/support/until.ts";
import { createFixture, DAY_MS, type Fixture, MINUTE_MS } from "./foldFixture.ts";
import { keep } from "./lifeFixture.ts";

const DAY_MINUTES = 1440;
/** Posts of the catalogue, and those that a fold touches. */
const POSTS = 8_000;
const AUTHORS = 2_000;
const TOUCHED = 40;

/** What statistics say of tables and indexes, beside the truth. The planner takes the density from these. */
const STATISTICS = {
  // As an analyze within a fold leaves a table that the fold fills: its rows are not there yet.
  empty: "reltuples = 0, relpages = greatest(relpages, 100)",
  "never gathered": "reltuples = -1, relpages = 0",
  "1000 times too large": "reltuples = greatest(1, reltuples) * 1000",
};
type Statistics = keyof typeof STATISTICS | "true";

/** A table that is filled and emptied within a fold, or holds a few rows whatever the history. */
const SMALL = [
  "stats",
  "storage_rules",
  "catalogue_counts",
  "top_floors",
  "top_candidates",
  "previous_ranks",
];

async function tell({ pool }: Fixture, statistics: Statistics): Promise<void> {
  await pool.query("vacuum analyze");
  if (statistics === "true") return;
  await pool.query(
    `with tables as (select oid from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'i')),
          forgotten as (delete from pg_statistic where starelid in (select oid from tables))
     update pg_class set ${STATISTICS[statistics]} where oid in (select oid from tables)`,
  );
}

/** Pages touched so far, and rows read by scans of whole tables. A backend reports when it ends. */
async function work({ rows }: Fixture) {
  await until(
    () =>
      rows(
        "select from pg_stat_activity where datname = current_database() and application_name <> 'fold-test'",
      ),
    { what: "the fold to end", is: (found) => found.length === 0 },
  );
  await rows("select pg_stat_force_next_flush()");
  const tables = await rows<{ name: string; pages: number; whole: number }>(
    `select relname as name, seq_tup_read as whole,
            coalesce(heap_blks_hit + heap_blks_read, 0) + coalesce(idx_blks_hit + idx_blks_read, 0) as pages
     from pg_stat_user_tables join pg_statio_user_tables using (relid, relname)`,
  );
  return new Map(tables.map(({ name, ...cost }) => [name, cost]));
}

interface Cost {
  pages: number;
  /** Rows read by scans of whole tables that grow with the catalogue or with history. */
  whole: number;
}

async function costOf(fixture: Fixture, action: () => Promise<void>): Promise<Cost> {
  const before = await work(fixture);
  await action();
  const after = await work(fixture);
  const cost = { pages: 0, whole: 0 };
  for (const [name, { pages, whole }] of after) {
    const then = before.get(name) ?? { pages: 0, whole: 0 };
    cost.pages += pages - then.pages;
    if (!SMALL.includes(name)) cost.whole += whole - then.whole;
  }
  return cost;
}

/** Folds once, by a connection of its own. */
async function foldOnce(fixture: Fixture): Promise<void> {
  const fold = fixture.anotherFold();
  await fold.foldNow();
  await fold.stop();
}

async function addCatalogue({ pool }: Fixture, first: number, count: number): Promise<void> {
  await pool.query(
    `insert into posts (post_id, author_id, category, publish_timestamp)
     select id, 1 + id % ${AUTHORS}, 'category ' || id % 20, timestamptz '2026-03-10 00:00Z' - (id % 60) * interval '1 day'
     from generate_series($1::integer, $1::integer + $2::integer - 1) id`,
    [first, count],
  );
}

const spread = Array.from({ length: TOUCHED }, (_, index) => 1 + index * Math.floor(POSTS / TOUCHED));
const events = ({ clock }: Fixture, posts: number[], minutesAgo: number) =>
  posts.map((postId) => ({
    postId,
    type: "view" as const,
    at: clock.now.getTime() - minutesAgo * MINUTE_MS,
  }));

/** What folds meet, one after the other, each a fold of TOUCHED posts or of what the clock makes of them. */
const FOLDS: { name: string; prepare(fixture: Fixture): Promise<void> }[] = [
  {
    name: "live events, in an old quarter hour and day too",
    prepare: (fixture) => fixture.write([0, 1, 40, 3_000].flatMap((ago) => events(fixture, spread, ago))),
  },
  {
    name: "windows that move",
    async prepare(fixture) {
      fixture.moveClock(20 * MINUTE_MS);
      await fixture.write(events(fixture, spread, 0));
    },
  },
  {
    name: "a day that begins",
    async prepare(fixture) {
      fixture.moveClock(DAY_MS);
    },
  },
  {
    name: "top lists that are read again",
    async prepare(fixture) {
      await fixture.pool.query("update top_floors set count = 1, post_id = 1 where window_name <> 'all'");
      await fixture.pool.query("delete from top_candidates where window_name <> 'all'");
      fixture.moveClock(MINUTE_MS);
    },
  },
  {
    name: "posts that move to another author and category",
    async prepare({ pool }) {
      await pool.query(
        "update posts set author_id = 1 + (author_id + 7) % $2, category = 'category 3' where post_id = any($1)",
        [spread, AUTHORS],
      );
    },
  },
  {
    name: "new posts with events",
    async prepare(fixture) {
      const first = await fixture.rows<{ id: number }>("select max(post_id) + 1 as id from posts");
      await addCatalogue(fixture, first[0]!.id, TOUCHED);
      const ids = Array.from({ length: TOUCHED }, (_, index) => first[0]!.id + index);
      await fixture.write(events(fixture, ids, 0));
    },
  },
];

describe("whatever the statistics say", () => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await createFixture();
    await fixture.pool.query(
      `insert into authors (author_id, name, author_category)
       select id, 'A', 'tech' from generate_series(1, ${AUTHORS}) id`,
    );
    await addCatalogue(fixture, 1, POSTS);
    // What is measured is the fold's.
    await fixture.pool.query(
      `do $$ declare name regclass; begin
         for name in select oid from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' loop
           execute format('alter table %s set (autovacuum_enabled = off)', name);
         end loop;
       end $$`,
    );
  });

  it("the first fold after an import costs a bounded number of pages a post", async () => {
    const all = Array.from({ length: POSTS }, (_, index) => index + 1);
    for (const ago of [100, 5_000]) await fixture.write(events(fixture, all, ago));
    await tell(fixture, "empty");
    const { pages, whole } = await costOf(fixture, () => foldOnce(fixture));
    expect(pages / POSTS).toBeLessThan(200);
    expect(whole).toBeLessThan(10);
    // What moves the windows of every post is not the next folds' work.
    fixture.moveClock(2 * DAY_MS);
    await foldOnce(fixture);
  });

  it.each(FOLDS)("a fold costs the same: $name", async ({ prepare }) => {
    const costs = new Map<Statistics, Cost>();
    for (const statistics of ["true", ...Object.keys(STATISTICS)] as Statistics[]) {
      await prepare(fixture);
      await tell(fixture, statistics);
      costs.set(statistics, await costOf(fixture, () => foldOnce(fixture)));
    }
    const { pages, whole } = costs.get("true")!;
    expect(pages).toBeLessThan(400 * TOUCHED);
    for (const [statistics, cost] of costs) {
      expect({ statistics, whole: cost.whole }).toEqual({ statistics, whole });
      expect(cost.pages, statistics).toBeLessThan(2 * pages + 500);
    }
  });

  it.each(Object.keys(STATISTICS) as Statistics[])("upkeep reads no table whole: %s", async (statistics) => {
    await fixture.write(events(fixture, spread, 60 * DAY_MINUTES));
    await foldOnce(fixture);
    await fixture.pool.query(
      `update storage_rules set quarters_from = 0, quarters_pruned_to = 0;
       insert into rejected_events (topic, partition, log_number, "offset", reason, detail, payload, rejected_at)
       select 'plans', 0, 1, i, 'not_json', 'x', 'x', to_timestamp(window_minute * 60.0) - (i % 40 + 0.5) * interval '1 day'
       from stats, generate_series(1, 8000) i`,
    );
    await tell(fixture, statistics);
    const { pages, whole } = await costOf(fixture, async () => {
      await keep(fixture.url, { detailMonths: 0, rejectedDays: 10 });
    });
    const left = await fixture.rows(
      `select (select count(*) from post_quarters where quarter < quarters_from) as quarters,
              (select count(*) from rejected_events where payload is not null) as payloads
       from storage_rules`,
    );
    expect(left).toEqual([{ quarters: 0, payloads: 2_000 }]);
    await fixture.pool.query("delete from rejected_events");
    // The quarter hours of the platform and of 20 categories.
    expect(whole).toBeLessThan(1_000);
    expect(pages).toBeLessThan(100_000);
  });

  it("and the counts are exact", async () => {
    expect(await fixture.drift()).toEqual([]);
  });
});
