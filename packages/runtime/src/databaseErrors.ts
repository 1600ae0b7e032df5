/**
 * SQLSTATE classes of faults that pass by themselves: the work is retried, never rejected.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const TRANSIENT_CLASSES: Record<string, string> = {
  "08": "connection exception: the connection broke or could not be made",
  "40": "transaction rollback: serialization failure, deadlock",
  "53": "insufficient resources: disk full, out of memory, too many connections",
  "57": "operator intervention: shutdown, cancelled query, cannot connect now",
  "58": "system error: I/O",
};
/** Single states of other classes that pass too. */
const TRANSIENT_STATES: Record<string, string> = {
  "25006": "read-only transaction: a primary that was demoted; at the start checkDatabase refuses it",
  "25P03": "idle in transaction for too long",
  "55006": "object in use",
  "55P03": "lock not available in time",
};
/** Single states of the classes above that stay until somebody changes something. */
const PERMANENT_STATES: Record<string, string> = {
  "08P01": "protocol violation: a startup parameter or a statement that the server or pooler does not take",
  "57P04": "the database was dropped",
};
/**
 * PgBouncer reports everything as 08P01. These pass: its server is away or starts again, or its connections are all in
 * use. The rest (a startup parameter, the pooling mode, an unknown user or database) stays.
 */
const TRANSIENT_POOLER_WORDS =
  /server conn crashed|server login has been failing|cannot connect|query_wait_timeout|client_login_timeout|no more connections allowed|is disabled|is paused|shut(ting)? ?down|terminating|starting up/i;
/** What a later PgBouncer adds to "server login has been failing": the server's last answer. */
const PERMANENT_POOLER_WORDS = /does not exist|authentication failed/i;

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
  "ENOENT", // the socket file of a server that does not run
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
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const words = typeof message === "string" ? message : "";
  if (state === "08P01") return TRANSIENT_POOLER_WORDS.test(words) && !PERMANENT_POOLER_WORDS.test(words);
  if (state && state in PERMANENT_STATES) return false;
  if (state && (state.slice(0, 2) in TRANSIENT_CLASSES || state in TRANSIENT_STATES)) return true;
  if (typeof code === "string" && TRANSIENT_ERRNO.has(code)) return true;
  return state === undefined && TRANSIENT_WORDS.test(words);
}
