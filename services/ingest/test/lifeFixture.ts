import { createLogger } from "@pulseboard/runtime";
import pg from "pg";
import { maintain, type Retention } from "../src/life/maintain.ts";
import { createFixture, type Event, type Fixture } from "./foldFixture.ts";

export const logger = createLogger("lifecycle-test", "silent");
export const FOR_GOOD: Retention = { months: undefined, detailMonths: undefined, rejectedDays: undefined };

/** Upkeep, as if the last engagements had been of the present minute of the windows. */
export async function keep(url: string, retention: Partial<Retention>): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("update stats set recent_minutes = array[window_minute]");
  await client.end();
  return maintain(url, { ...FOR_GOOD, ...retention }, { logger });
}

export const event = (at: string, postId = 1, type: Event["type"] = "view"): Event => ({
  postId,
  type,
  at: Date.parse(at),
});

/** Two posts, at 2026-03-10T12:30Z. */
export async function createPosts(): Promise<Fixture> {
  const fixture = await createFixture();
  for (const id of [1, 2])
    await fixture.putPost({ id, author: id, category: "news", publish: new Date("2024-01-01T00:00:00Z") });
  return fixture;
}

export const months = async ({ rows }: Fixture): Promise<string[]> =>
  (
    await rows<{ table: string }>(
      "select inhrelid::regclass::text as table from pg_inherits where inhparent = 'engagements'::regclass order by 1",
    )
  ).map(({ table }) => table);

export const totals = ({ rows }: Fixture) =>
  rows(
    "select post_id, author_id, category, views::integer, likes::integer from post_stats order by post_id",
  );
