import { hash } from "node:crypto";
import { isTransientDatabaseError, type Logger, retry } from "@pulseboard/runtime";
import type { Pool } from "pg";

/** The server, which its standbys share, and the database in it. */
const BY_SERVER = `
  select c.system_identifier::text as server, d.oid::text as database
  from pg_control_system() c, pg_database d where d.datname = current_database()`;
/** Where the server does not tell who it is: the moment, in microseconds, at which the schema was made. */
const BY_SCHEMA = `
  select (extract(epoch from m.applied_at) * 1000000)::bigint::text as server, d.oid::text as database
  from pg_database d, (select min(applied_at) as applied_at from schema_migrations) m
  where d.datname = current_database()`;

const DIGITS = 8;

/**
 * The consumer group of those that store the topic in this database: two databases on one Kafka have two groups, so
 * that each reads everything. A restart and a failover keep the name; a physical copy has the same.
 */
export async function groupOfDatabase(pool: Pool, topic: string): Promise<string> {
  const { server, database } = await identity(pool);
  const number = Number.parseInt(hash("sha256", `${server}/${database}`, "hex").slice(0, 12), 16);
  return `pulseboard-ingest-${topic}-${String(number % 10 ** DIGITS).padStart(DIGITS, "0")}`;
}

/** The same, waiting for a database that is away. */
export function groupWhenItAnswers(
  pool: Pool,
  topic: string,
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<string> {
  return retry(() => groupOfDatabase(pool, topic), {
    isTransient: isTransientDatabaseError,
    signal,
    onRetry: (error) => logger.debug({ err: error }, "cannot read which database this is yet; trying again"),
  });
}

async function identity(pool: Pool): Promise<{ server: string; database: string }> {
  const read = async (sql: string) => (await pool.query<{ server: string; database: string }>(sql)).rows[0]!;
  try {
    return await read(BY_SERVER);
  } catch (error) {
    if (isTransientDatabaseError(error)) throw error;
    return read(BY_SCHEMA); // managed PostgreSQL may keep the function to itself
  }
}
