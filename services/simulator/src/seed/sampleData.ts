import type pg from "pg";
import type { SamplePlan } from "./plan.ts";

/** How far the sample data has come. */
export interface SampleData {
  plan: SamplePlan;
  /** Events acknowledged, in order. */
  published: number;
  finished: boolean;
}

type Queryable = Pick<pg.ClientBase, "query">;

export async function readSampleData(db: Queryable): Promise<SampleData | undefined> {
  const { rows } = await db.query<
    Omit<SamplePlan, "anchor"> & { anchor: Date; published: number; finished: boolean }
  >(`
    select seed, posts, authors, users, days, events, anchor, published, finished_at is not null as finished
    from sample_data`);
  const [row] = rows;
  if (!row) return undefined;
  const { published, finished, anchor, ...plan } = row;
  return { plan: { ...plan, anchor: anchor.getTime() }, published, finished };
}

export async function isCatalogueEmpty(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ empty: boolean }>(`
    select not exists (select from authors) and not exists (select from posts) and not exists (select from users) as empty`);
  return rows[0]?.empty === true;
}

export async function insertSampleData(db: Queryable, plan: SamplePlan): Promise<void> {
  const { seed, posts, authors, users, days, events, anchor } = plan;
  await db.query(
    "insert into sample_data (seed, posts, authors, users, days, events, anchor) values ($1, $2, $3, $4, $5, $6, $7)",
    [seed, posts, authors, users, days, events, new Date(anchor)],
  );
}

/** Never goes back: two runs that overlap publish the same events. */
export async function savePublished(db: Queryable, published: number): Promise<void> {
  await db.query(
    `update sample_data set published = greatest(published, $1),
       finished_at = case when $1 >= events then coalesce(finished_at, now()) end`,
    [published],
  );
}
