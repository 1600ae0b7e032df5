import { sqlState, transaction } from "@pulseboard/runtime";
import type pg from "pg";
import { makeAuthors } from "./authors.ts";
import { calendar } from "./calendar.ts";
import { copyTable } from "./copy.ts";
import { createHistory, type History } from "./history.ts";
import { contradiction, type PlanOptions, planOf } from "./options.ts";
import type { SamplePlan } from "./plan.ts";
import { makePosts } from "./posts.ts";
import { catalogueTables, type Table } from "./rows.ts";
import { insertSampleData, isCatalogueEmpty, readSampleData, type SampleData } from "./sampleData.ts";

/** The catalogue is not one that the seed may fill or go on with; the message says why. */
export class SeedRefused extends Error {
  override name = "SeedRefused";
  readonly expose = true;
}

export interface SampleContent {
  tables: Table[];
  history: History;
}

/** Everything that follows from a plan; rows and messages are made as they are read. */
export function sampleContent(plan: SamplePlan): SampleContent {
  const slots = calendar(plan);
  const authors = makeAuthors(plan);
  const posts = makePosts(plan, authors, slots);
  return {
    tables: catalogueTables(plan, authors, posts),
    history: createHistory(plan, authors, posts, slots),
  };
}

/**
 * The sample data that is there already, else a catalogue written now, in one transaction with its plan.
 * @throws SeedRefused when there is a catalogue of someone else's, or sample data made otherwise than asked
 */
export async function prepare(
  pool: pg.Pool,
  options: PlanOptions & { auto: boolean },
  hooks: { now: () => number; onRows: (count: number) => void; signal: AbortSignal },
): Promise<SampleData> {
  try {
    return await transaction(pool, async (client) => {
      const stored = await readSampleData(client);
      if (stored) {
        const other = options.auto ? undefined : contradiction(options, stored.plan);
        if (other) throw new SeedRefused(`the catalogue holds sample data made otherwise than with ${other}`);
        return stored;
      }
      if (!(await isCatalogueEmpty(client)))
        throw new SeedRefused("the catalogue is not empty: sample data goes into an empty one only");
      const plan = planOf(options, hooks.now());
      for (const table of sampleContent(plan).tables) await copyTable(client, table, hooks);
      await insertSampleData(client, plan);
      return { plan, published: 0, finished: false };
    });
  } catch (error) {
    // 42P01: undefined table
    if (sqlState(error) === "42P01")
      throw new SeedRefused("the database is not up to date: run npm run migrate first");
    throw error;
  }
}
