import { clientConfig, hearErrors, isTransientDatabaseError, type Logger } from "@pulseboard/runtime";
import pg from "pg";

const STATEMENT_TIMEOUT_MS = 5_000;
/** Longer than the server's own timeout: it only speaks up when the server is frozen and cannot. */
const QUERY_TIMEOUT_MS = 6_000;

const settings = (databaseUrl: string) => ({
  ...clientConfig({
    databaseUrl,
    applicationName: "pulseboard-api",
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  }),
  query_timeout: QUERY_TIMEOUT_MS,
});

function createPool(config: pg.PoolConfig, logger: Logger): pg.Pool {
  const pool = new pg.Pool({ ...config, idleTimeoutMillis: 30_000 });
  pool.on("connect", hearErrors);
  pool.on("error", (error) => {
    // pg attaches the whole client, which a logger would print, its cancel key included.
    delete (error as { client?: unknown }).client;
    logger.warn({ err: error }, "an idle database connection broke");
  });
  return pool;
}

/**
 * The readers' connections: no statement takes longer than 5 s, whether the server answers or not. Each is planned for
 * its own values: a plan for any values takes a limit for a tenth of the table, and reads all of it. What is asked of a
 * connection is sent at once, not after the answer to what was asked before.
 */
export function createReadPool(databaseUrl: string, logger: Logger): pg.Pool {
  const config = settings(databaseUrl);
  const options = `${config.options} -c plan_cache_mode=force_custom_plan`;
  return createPool({ ...config, options, pipeline: true, max: 10 }, logger);
}

/** The connections that write the catalogue: apart, so that however many read, a write finds one. */
export const createWritePool = (databaseUrl: string, logger: Logger): pg.Pool =>
  createPool({ ...settings(databaseUrl), max: 3 }, logger);

const EXPORT_TIMEOUT_MS = 15 * 60_000;

/** A connection for one export, which may take long, only reads, and ends on the server when its socket is closed. */
export function createExportClient(databaseUrl: string): pg.Client {
  const config = clientConfig({
    databaseUrl,
    applicationName: "pulseboard-api",
    statementTimeoutMs: EXPORT_TIMEOUT_MS,
  });
  const options = [
    config.options,
    "-c default_transaction_read_only=on",
    "-c max_parallel_workers_per_gather=0",
    "-c client_connection_check_interval=1000",
  ];
  return new pg.Client({ ...config, options: options.join(" ") });
}

/** One connection outside the pool, for LISTEN. */
export const createListenClient = (databaseUrl: string): pg.Client => new pg.Client(settings(databaseUrl));

/** Whether a failed read may succeed when asked again, a frozen server included. */
export const isDatabaseAway = (error: unknown): boolean =>
  isTransientDatabaseError(error) || (error instanceof Error && error.message === "Query read timeout");
