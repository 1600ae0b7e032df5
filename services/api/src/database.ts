import {
  createClient,
  createPool,
  type DatabaseClient,
  isTransientDatabaseError,
  type Logger,
} from "@pulseboard/runtime";
import type pg from "pg";

const STATEMENT_TIMEOUT_MS = 5_000;
/** Longer than the server's own timeout: it only speaks up when the server is frozen and cannot. */
const QUERY_TIMEOUT_MS = 6_000;
/** SQLSTATE query_canceled. */
const QUERY_CANCELED = "57014";

const session = (databaseUrl: string) => ({
  databaseUrl,
  applicationName: "pulseboard-api",
  statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  queryTimeoutMs: QUERY_TIMEOUT_MS,
});

const told = (logger: Logger) => (error: Error) =>
  logger.warn({ err: error }, "an idle database connection broke");

/**
 * The readers' connections: no statement takes longer than 5 s, whether the server answers or not. Each is planned for
 * its own values: a plan for any values takes a limit for a tenth of the table, and reads all of it. What is asked of a
 * connection is sent at once, not after the answer to what was asked before.
 */
export const createReadPool = (databaseUrl: string, logger: Logger): pg.Pool =>
  createPool({
    ...session(databaseUrl),
    settings: { plan_cache_mode: "force_custom_plan" },
    pipeline: true,
    max: 10,
    onError: told(logger),
  });

/** The connections that write the catalogue: apart, so that however many read, a write finds one. */
export const createWritePool = (databaseUrl: string, logger: Logger): pg.Pool =>
  createPool({ ...session(databaseUrl), max: 3, onError: told(logger) });

const EXPORT_TIMEOUT_MS = 15 * 60_000;

/** A connection for one export, which may take long, only reads, and ends on the server when its socket is closed. */
export const createExportClient = (databaseUrl: string): DatabaseClient =>
  createClient({
    databaseUrl,
    applicationName: "pulseboard-api",
    statementTimeoutMs: EXPORT_TIMEOUT_MS,
    settings: {
      default_transaction_read_only: "on",
      max_parallel_workers_per_gather: "0",
      client_connection_check_interval: "1000",
    },
  });

/** One connection outside the pool, for LISTEN. */
export const createListenClient = (databaseUrl: string): DatabaseClient => createClient(session(databaseUrl));

/** Whether a read was given up since its answer did not come in time. */
export const isReadTimeout = (error: unknown): boolean =>
  error instanceof Error &&
  (error.message === "Query read timeout" || (error as { code?: string }).code === QUERY_CANCELED);

/** Whether a failed read may succeed when asked again, a frozen server included. */
export const isDatabaseAway = (error: unknown): boolean =>
  isTransientDatabaseError(error) || isReadTimeout(error);
