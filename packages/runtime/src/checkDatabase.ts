import { explainSurroundings } from "./command.ts";
import { isTransientDatabaseError, sqlState } from "./databaseErrors.ts";
import { retry } from "./retry.ts";
import { createClient, type DatabaseClient, type SessionOptions } from "./session.ts";

/** A database that cannot serve us as it is: one line that says what to do. */
export class UnfitDatabase extends Error {
  override name = "UnfitDatabase";
  readonly expose = true;

  constructor(fault: string) {
    super(`DATABASE_URL: ${fault}`);
  }
}

const LEAST_VERSION = 16;
/** A transaction pooler may by chance give a client the server that it had, when others use it too. */
const ROUNDS = 3;
const LOOK_MS = 5_000;

interface Facts {
  version: string;
  version_num: number;
  name: string;
  login: string;
  encoding: string;
  is_standby: boolean;
  read_only: string;
  replication_role: string;
  may_use_public: boolean | null;
  /** Schemas other than public that hold our tables, where public does not. */
  elsewhere: string | null;
}

const FACTS = `
  select current_setting('server_version') as version, current_setting('server_version_num')::integer as version_num,
         current_database() as name, session_user as login, pg_is_in_recovery() as is_standby,
         (select pg_encoding_to_char(encoding) from pg_database where datname = current_database()) as encoding,
         current_setting('default_transaction_read_only') as read_only,
         current_setting('session_replication_role') as replication_role,
         has_schema_privilege(to_regnamespace('public'), 'usage') as may_use_public,
         (select string_agg(quote_ident(nspname), ', ' order by nspname)
          from pg_class join pg_namespace on pg_namespace.oid = relnamespace
          where relname = 'ingest_offsets' and relkind = 'r'
            and to_regclass('public.schema_migrations') is null) as elsewhere`;

/** What is wrong with the database and what to do; undefined when it serves. */
function fault(facts: Facts, readsOnly: boolean): string | undefined {
  const { name, login } = facts;
  if (facts.version_num < LEAST_VERSION * 10_000)
    return `expected PostgreSQL ${LEAST_VERSION} or later, got ${facts.version}`;
  if (facts.encoding !== "UTF8")
    return `the database ${name} has the encoding ${facts.encoding}, expected UTF8: create database ... encoding 'UTF8' template template0`;
  if (facts.may_use_public === null)
    return `the database ${name} has no schema public, where the tables stand: create schema public`;
  if (!facts.may_use_public)
    return `${login} may not use the schema public: grant usage on schema public to ${login}`;
  if (facts.elsewhere)
    return `the tables stand in the schema ${facts.elsewhere}, expected public: drop schema public; alter schema ${facts.elsewhere} rename to public`;
  if (facts.replication_role !== "origin")
    return `session_replication_role is ${facts.replication_role}, expected origin: triggers keep the rollups; alter role ${login} reset session_replication_role, or the same of the database`;
  if (readsOnly) return undefined;
  if (facts.is_standby) return "this server is a read-only standby, expected the primary";
  if (facts.read_only !== "off")
    return `default_transaction_read_only is on for ${login} in ${name}, expected off: alter role or database ... reset default_transaction_read_only`;
  return undefined;
}

const POOLED =
  "a pooler (PgBouncer or the like) in transaction or statement mode stands before the database, expected session mode: pool_mode = session, or the address of PostgreSQL itself";

/**
 * Whether a session lasts as long as its connection. A pooler that lends servers by the transaction has given one server
 * to both clients, or gives one client another server in one of these orders: the server used last is lent next, or the
 * one that is free longest, and one that is held cannot be lent.
 */
async function keepsSessions(one: DatabaseClient, other: DatabaseClient): Promise<boolean> {
  const isItsOwn = async (client: DatabaseClient) => {
    const query = { text: "select pg_backend_pid() as pid", query_timeout: LOOK_MS };
    return (await client.query<{ pid: number }>(query)).rows[0]!.pid === client.backendPid;
  };
  if (one.backendPid === other.backendPid) return false;
  for (let round = 0; round < ROUNDS; round++) {
    for (const client of [one, other, one, other, other, one, one])
      if (!(await isItsOwn(client))) return false;
    for (const [holder, asker] of [[one, other] as const, [other, one] as const]) {
      await holder.query("begin");
      if (!(await isItsOwn(holder)) || !(await isItsOwn(asker))) return false;
      await holder.query("commit");
      if (!(await isItsOwn(asker))) return false;
    }
  }
  return true;
}

async function checkPooler(client: DatabaseClient, options: SessionOptions): Promise<void> {
  const other = createClient(options);
  try {
    await other.connect();
  } catch (error) {
    if (!isTransientDatabaseError(error)) throw error;
    throw Object.assign(
      new Error(`connection timeout: the pooler gives no second connection (${(error as Error).message})`),
      { cause: error, expose: true },
    );
  }
  try {
    if (!(await keepsSessions(client, other))) throw new UnfitDatabase(POOLED);
  } finally {
    await other.end();
  }
}

/** The line of an error that stays until somebody changes something; any other error as it is. */
function refusal(error: unknown): unknown {
  if (error instanceof UnfitDatabase || isTransientDatabaseError(error)) return error;
  const { message } = error as Error;
  const [, parameter] = /unsupported startup parameter: (\S+)/.exec(message) ?? [];
  if (parameter)
    return new UnfitDatabase(
      `the pooler (PgBouncer) refuses the startup parameter ${parameter}: leave ?options= and PGOPTIONS out, or set its ignore_startup_parameters`,
    );
  if (/pooling mode/.test(message)) return new UnfitDatabase(POOLED);
  const line = explainSurroundings(error)?.replace(/^the database: /, "");
  return line === undefined || sqlState(error)?.startsWith("42P") ? error : new UnfitDatabase(line);
}

export interface DatabaseNeeds {
  /** It never writes: a standby serves too. */
  readsOnly?: boolean;
}

/**
 * Whether our programs can work on the database as it is, asked once, before anything else.
 * @throws UnfitDatabase of one line with the remedy when they cannot; the database's own error when it is away
 */
export async function checkDatabase(databaseUrl: string, needs: DatabaseNeeds = {}): Promise<void> {
  const options = { databaseUrl, applicationName: "pulseboard-check", statementTimeoutMs: LOOK_MS };
  const client = createClient(options);
  try {
    await client.connect();
    try {
      const { rows } = await client.query<Facts>(FACTS);
      const wrong = fault(rows[0]!, needs.readsOnly ?? false);
      if (wrong) throw new UnfitDatabase(wrong);
      if (client.isPooled) await checkPooler(client, options);
    } finally {
      await client.end();
    }
  } catch (error) {
    throw refusal(error);
  }
}

/**
 * The same, of a database that may be away: waited for until it answers.
 * @param onWait hears why, whenever the reason is another
 * @returns false when stopped before it answered
 */
export async function awaitDatabase(
  databaseUrl: string,
  options: { signal: AbortSignal; onWait: (reason: string) => void },
): Promise<boolean> {
  let told: string | undefined;
  try {
    await retry(() => checkDatabase(databaseUrl), {
      isTransient: isTransientDatabaseError,
      signal: options.signal,
      onRetry: (error) => {
        const reason = (error as Error).message || String((error as { code?: unknown }).code);
        if (reason !== told) options.onWait(reason);
        told = reason;
      },
    });
    return true;
  } catch (error) {
    if (options.signal.aborted) return false;
    throw error;
  }
}
