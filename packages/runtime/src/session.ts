import pg from "pg";

/** How long a server may take to accept a connection and its settings, ms. */
const CONNECT_MS = 5_000;

/**
 * What our statements and parsers rely on, set on every connection after it is made: a role, a database, a pooler or
 * DATABASE_URL may have set anything else. Not as startup parameters, which poolers refuse.
 */
const SETTINGS: Record<string, string> = {
  // Our tables stand in public, also where the login has a schema of its own. pg_catalog and pg_temp come first by themselves.
  search_path: "public",
  client_encoding: "UTF8",
  // Times, intervals and bytes as text: how pg reads them and our queries compare them.
  TimeZone: "UTC",
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  bytea_output: "hex",
  extra_float_digits: "1",
  // How statements are read.
  standard_conforming_strings: "on",
  array_nulls: "on",
  transform_null_equals: "off",
  quote_all_identifiers: "off",
  // How transactions begin and what ends them.
  default_transaction_isolation: "read committed",
  default_transaction_deferrable: "off",
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
  transaction_timeout: "0", // from PostgreSQL 17 on
  exit_on_error: "off",
  // Warnings of a migration are heard.
  client_min_messages: "notice",
  plan_cache_mode: "auto",
};

/** Of DATABASE_URL's query: what would be sent as startup parameters, or change how pg works. Ours count. */
const OURS_IN_URL = [
  "application_name",
  "fallback_application_name",
  "client_encoding",
  "statement_timeout",
  "lock_timeout",
  "idle_in_transaction_session_timeout",
  "query_timeout",
  "binary",
  "replication",
];

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

export interface SessionOptions {
  databaseUrl: string;
  applicationName: string;
  /** Per statement, ms; 0 for none. */
  statementTimeoutMs?: number;
  /** Until the client gives a statement up, ms: longer than the server's own, for a server that cannot speak up. */
  queryTimeoutMs?: number;
  /** Statements are sent at once, not after the answer to the one before. */
  pipeline?: boolean;
  /** Of the session, beside those that all have. */
  settings?: Record<string, string>;
}

export interface ClientConfig extends pg.ClientConfig {
  /** What the client sets before it is given out. */
  settings: Record<string, string>;
}

/** In libpq these check less than in pg, which takes them for verify-full and warns of that in ten lines. */
const SAME_AS_VERIFY_FULL = new Set(["prefer", "require", "verify-ca"]);

/** The URL without what is ours to set. `options` stays: what it sets, ours is set after. */
function withoutOurs(databaseUrl: string): string {
  const [address, query] = databaseUrl.split("?", 2);
  if (!query) return databaseUrl;
  const parameters = new URLSearchParams(query);
  const options = parameters.getAll("options"); // pg takes the last; all are meant
  for (const name of [...OURS_IN_URL, "options"]) parameters.delete(name);
  if (SAME_AS_VERIFY_FULL.has(parameters.get("sslmode") ?? "") && !parameters.has("uselibpqcompat"))
    parameters.set("sslmode", "verify-full");
  if (options.length) parameters.set("options", options.join(" "));
  return `${address}?${parameters}`;
}

/** Of every connection of ours: int8 as exact numbers, dates as text, and the session as SETTINGS has it. */
export function clientConfig(options: SessionOptions): ClientConfig {
  return {
    connectionString: withoutOurs(options.databaseUrl),
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000, // a server that vanished is missed within minutes, not hours
    ...(options.queryTimeoutMs && { query_timeout: options.queryTimeoutMs }),
    ...(options.pipeline && { pipeline: true }),
    types,
    settings: { statement_timeout: String(options.statementTimeoutMs ?? 0), ...options.settings },
  };
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** One statement; whole names, whatever the search_path still is. A setting that the server does not know is left out. */
function beginSession(settings: Record<string, string>): string {
  const rows = Object.entries({ ...SETTINGS, ...settings }).map(
    ([name, value]) => `(${literal(name)}, ${literal(value)})`,
  );
  return `
    select pg_catalog.pg_backend_pid() as pid, pg_catalog.count(pg_catalog.set_config(name, value, false))
    from (values ${rows.join(", ")}) as settings (name, value)
    where pg_catalog.current_setting(name, true) is not null`;
}

/**
 * A connection whose session is as our code needs it, whoever is on its other end. Its errors are heard from its first
 * moment on, which would end the process: the query in flight rejects with the same.
 */
export class DatabaseClient extends pg.Client {
  readonly #settings: Record<string, string>;
  #backendPid = 0;

  constructor(config: ClientConfig) {
    super(config);
    this.#settings = config.settings;
    this.on("error", () => {});
  }

  /** Of the server's process. What the protocol tells is the pooler's own number where one stands between. */
  get backendPid(): number {
    return this.#backendPid;
  }

  /** Whether a pooler stands between the server and us. */
  get isPooled(): boolean {
    return this.#backendPid !== (this as unknown as { processID: number }).processID;
  }

  override connect(): Promise<this>;
  override connect(callback: (error: Error | null, client?: this) => void): void;
  override connect(callback?: (error: Error | null, client?: this) => void): Promise<this> {
    const ready = super.connect().then(() => this.#begin());
    if (callback)
      ready.then(
        () => callback(null, this),
        (error: Error) => callback(error),
      );
    return ready;
  }

  async #begin(): Promise<this> {
    try {
      // A pooler that has no server to give answers the connection and not the query.
      const query = { text: beginSession(this.#settings), query_timeout: CONNECT_MS };
      const { rows } = await this.query<{ pid: number }>(query);
      this.#backendPid = rows[0]!.pid;
      return this;
    } catch (error) {
      void this.end().catch(() => {});
      if ((error as Error).message !== "Query read timeout") throw error;
      throw new Error("Connection terminated due to connection timeout", { cause: error });
    }
  }
}

/** A connection that is not of a pool, not connected yet. */
export const createClient = (options: SessionOptions): DatabaseClient =>
  new DatabaseClient(clientConfig(options));
