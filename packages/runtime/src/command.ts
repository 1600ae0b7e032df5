import { type ParseArgsConfig, parseArgs } from "node:util";
import { sqlState } from "./databaseErrors.ts";
import { ConfigError } from "./env.ts";

/** SQLSTATE classes of faults in our own statements and data, where the stack tells more than the words. */
const OUR_SQL_FAULTS = new Set(["22", "23", "42", "XX"]);
/** Of these: a login that may not do what is asked, and a database without our tables or columns. */
const NOT_ALLOWED = "42501";
const NOT_MIGRATED = new Set(["42P01", "42703"]);

/** The system's word for what went wrong, ECONNREFUSED for one; Node's own ERR_... are faults of a program. */
const systemCode = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^E[A-Z0-9_]+$/.test(code) && !code.startsWith("ERR_")
    ? code
    : undefined;
};

/**
 * One line for an error that is the surroundings' fault and not the program's: a server that does not answer or does
 * not let us in, a port that is taken. Undefined for any other.
 */
export function explainSurroundings(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const state = sqlState(error);
  const { syscall } = error as NodeJS.ErrnoException;
  if (isTlsRefusal(error)) return `no connection: ${oneLine(error)}`;
  if (systemCode(error) === undefined) {
    if (state === undefined) return noAnswer(error);
    if (NOT_MIGRATED.has(state)) return `the database is not up to date: ${oneLine(error)}; npm run migrate`;
    const isOurs = OUR_SQL_FAULTS.has(state.slice(0, 2)) && state !== NOT_ALLOWED;
    return isOurs ? undefined : `the database: ${oneLine(error)} (${state})`;
  }
  // A host name of several addresses, each of which failed: an AggregateError without words of its own.
  const isMany = error instanceof AggregateError && error.errors.length > 0;
  const causes = isMany ? (error.errors as Error[]) : [error];
  const said = [...new Set(causes.map(oneLine))].join("; ");
  return isMany || syscall === "connect" || syscall === "getaddrinfo" ? `no connection: ${said}` : said;
}

/** Node's and OpenSSL's codes of a certificate that does not hold, or of a server that speaks no TLS. */
const isTlsRefusal = (error: Error): boolean =>
  /CERT|^UNABLE_TO_|^ERR_(TLS|SSL)_/.test(String((error as NodeJS.ErrnoException).code ?? ""));

/** pg's words for a server that took the connection and then said nothing, or went away. */
const noAnswer = (error: Error): string | undefined =>
  /^(Connection terminated|timeout expired|The server does not support SSL)/.test(error.message)
    ? `the database: ${oneLine(error)}`
    : undefined;

const oneLine = ({ message }: Error): string => message.replace(/\s*\n\s*/g, " ").trim();

/** One clear line, or the stack where the fault is ours to debug. */
export function explain(error: unknown): string {
  const known = error instanceof ConfigError || (error as { expose?: boolean } | null)?.expose === true;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return (known ? message : explainSurroundings(error)) ?? stack ?? message;
}

/** Tells a launcher that another start with the same settings would end the same way. */
async function reportRefusal(): Promise<void> {
  if (process.connected) await new Promise((resolve) => process.send?.({ type: "refused" }, resolve));
}

/** Runs a command's body; an error ends the process with status 1 and its explanation. */
export async function runCommand(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    if (error instanceof ConfigError) await reportRefusal();
    process.exit(1);
  }
}

/**
 * Node's parseArgs, whose complaints are several lines long.
 * @throws ConfigError with the first sentence of the complaint
 */
export function parseOptions<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new ConfigError(`${(error as Error).message.split(/\.(?:\s|$)/)[0]}; see --help`);
  }
}

/** For a program that takes no arguments: --help prints `help` and ends it, anything else is an error. */
export function takeNoArguments(help: string, args: string[] = process.argv.slice(2)): void {
  if (args.includes("--help")) {
    process.stdout.write(`${help}\n`);
    process.exit(0);
  }
  if (args.length > 0) throw new ConfigError(`unknown argument ${JSON.stringify(args[0])}; see --help`);
}
