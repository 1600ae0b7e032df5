import pg from "pg";

/**
 * SQLSTATE classes of faults that pass by themselves: the work is retried, never rejected.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const TRANSIENT_CLASSES: Record<string, string> = {
  "08": "connection exception",
  "40": "transaction rollback: serialization failure, deadlock",
  "53": "insufficient resources: disk full, out of memory, too many connections",
  "57": "operator intervention: shutdown, cancelled query, cannot connect now",
  "58": "system error: I/O",
};
/** The same, by single states of classes that otherwise stay. */
const TRANSIENT_STATES: Record<string, string> = {
  "25006": "read-only transaction: a primary that was demoted",
  "25P03": "idle in transaction for too long",
  "55006": "object in use",
  "55P03": "lock not available in time",
};
/** Faults of the connection that carry no SQLSTATE: from the socket, or pg's own words for a socket that went away. */
const TRANSIENT_ERRNO = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ECONNABORTED",
  "ENETDOWN",
  "EHOSTDOWN",
  "EADDRNOTAVAIL",
  "ENOENT",
]);
const TRANSIENT_WORDS =
  /Connection terminated|connection timeout|timeout expired|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Client was closed/i;

export const sqlState = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
};

/** Whether a database error passes by itself. */
export function isTransientDatabaseError(error: unknown): boolean {
  const state = sqlState(error);
  if (state && (state.slice(0, 2) in TRANSIENT_CLASSES || state in TRANSIENT_STATES)) return true;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === "string" && TRANSIENT_ERRNO.has(code)) return true;
  return state === undefined && typeof message === "string" && TRANSIENT_WORDS.test(message);
}

/** int8 as a number; one that a number cannot hold exactly is an error, never rounded. */
function exactInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} does not fit a number exactly`);
  return value;
}

const types = {
  getTypeParser: ((oid: number, format?: "text" | "binary") => {
    if (oid === pg.types.builtins.INT8 && format !== "binary") return exactInteger;
    if (oid === pg.types.builtins.DATE) return (text: string) => text;
    return pg.types.getTypeParser(oid, format);
  }) as typeof pg.types.getTypeParser,
};

export interface DatabaseOptions {
  databaseUrl: string;
  applicationName: string;
  /** Connections at most. */
  max?: number;
  /** Per statement, ms; 0 for none. */
  statementTimeoutMs?: number;
  onError?: (error: Error) => void;
}

/** The URL's `options`, which pg would take instead of ours, and the URL without them. */
function takeOptions(databaseUrl: string): { connectionString: string; theirs: string[] } {
  const [address, query = ""] = databaseUrl.split("?", 2);
  const parameters = new URLSearchParams(query);
  const theirs = parameters.getAll("options");
  if (!theirs.length) return { connectionString: databaseUrl, theirs };
  parameters.delete("options");
  return { connectionString: `${address}?${parameters}`, theirs };
}

/** Connection settings of every connection of ours: int8 as exact numbers, dates as text, UTC. */
export function clientConfig(options: DatabaseOptions): pg.ClientConfig {
  const { connectionString, theirs } = takeOptions(options.databaseUrl);
  const ours = `-c TimeZone=UTC -c statement_timeout=${options.statementTimeoutMs ?? 0}`;
  return {
    connectionString,
    application_name: options.applicationName,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000, // a server that vanished is missed within minutes, not hours
    options: [...theirs, ours].join(" "), // of a setting in both, the later counts
    types,
  };
}

/**
 * For a pool's "connect": from its first moment on somebody hears the connection's errors, which would end the process. The
 * query in flight rejects with the same.
 */
export function hearErrors(client: pg.PoolClient): void {
  client.on("error", () => {});
}

export function createPool(options: DatabaseOptions): pg.Pool {
  const pool = new pg.Pool({ ...clientConfig(options), max: options.max ?? 10, idleTimeoutMillis: 30_000 });
  pool.on("connect", hearErrors);
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
