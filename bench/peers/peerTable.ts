import type pg from "pg";
import type { Database } from "../support/database.ts";

/** The columns and the unique index of a month's partition, and no rollup. */
export async function createPeerTable(client: pg.Client): Promise<void> {
  await client.query("create table peer_rows (like engagements including defaults, primary key (event_id))");
}

/** @throws unless the table holds every event once */
export async function requireRows(client: pg.Client, events: number): Promise<void> {
  const { rows } = await client.query<{ n: number }>("select count(*)::float8 as n from peer_rows");
  if (rows[0]!.n !== events) throw new Error(`the peer stored ${rows[0]!.n} of ${events} events`);
}

/** Runs `body` with a database that has an empty peer_rows. */
export async function withPeerTable<T>(
  database: Database,
  body: (client: pg.Client, name: string) => Promise<T>,
): Promise<T> {
  const name = await database.create();
  const client = await database.connect(name);
  try {
    await createPeerTable(client);
    await database.checkpoint();
    return await body(client, name);
  } finally {
    await client.end();
    await database.drop(name);
  }
}
