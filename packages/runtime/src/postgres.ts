import pg from "pg";
import { clientConfig, DatabaseClient, type SessionOptions } from "./session.ts";

export interface DatabaseOptions extends SessionOptions {
  /** Connections at most. */
  max?: number;
  onError?: (error: Error) => void;
}

export function createPool(options: DatabaseOptions): pg.Pool {
  const pool = new pg.Pool({
    ...clientConfig(options),
    Client: DatabaseClient as unknown as NonNullable<pg.PoolConfig["Client"]>,
    max: options.max ?? 10,
    idleTimeoutMillis: 30_000,
  });
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on("error", (error) => {
    // pg attaches the whole client, which a logger would print, its cancel key included.
    delete (error as { client?: unknown }).client;
    options.onError?.(error);
  });
  return pool;
}

/**
 * Runs `body` in a transaction on a connection of the pool. A connection that cannot even roll back is thrown away.
 * @param begin e.g. "begin isolation level repeatable read read only"
 */
export async function transaction<T>(
  pool: pg.Pool,
  body: (client: pg.PoolClient) => Promise<T>,
  begin = "begin",
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // While a client is out of the pool its errors are ours to hear; the query in flight rejects with the same.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on("error", onError);
  try {
    await client.query(begin);
    const result = await body(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.off("error", onError);
    client.release(broken);
  }
}
