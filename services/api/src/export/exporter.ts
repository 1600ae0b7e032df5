import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type ExportQuery, exportBound } from "@pulseboard/contract";
import type { Logger } from "@pulseboard/runtime";
import type pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import { unavailable } from "../http/problem.ts";
import { copyStatement } from "./copyStatement.ts";

export interface ExportLimits {
  /** Exports at one time, each with a connection of its own. */
  atOnce: number;
  /** For how long a client may take nothing. */
  idleMs: number;
  /** For how long an export may run: the server keeps old rows, and no month can be dropped, as long as it does. */
  totalMs: number;
}

export const EXPORT_LIMITS: ExportLimits = { atOnce: 2, idleMs: 30_000, totalMs: 15 * 60_000 };
const RETRY_AFTER_SECONDS = 30;
/** An export that was sent no longer counts, but its connection takes a moment to end: so many may be doing that. */
const MOST_ENDING = 20;
const STOPPING = "this server is stopping";
const CLIENT_LEFT = new Error("the client has left");

export interface Exporter {
  /**
   * Copies the engagements of the range into the answer, no faster than they are taken. What fails after `begin` cuts
   * the connection, so that the client does not take a part for the whole.
   * @param begin called once rows are coming, to write the head
   * @throws HttpProblem 503 when too many are under way, or the database's error, before `begin`
   */
  send(query: ExportQuery, response: ServerResponse, begin: () => void): Promise<void>;
  running(): number;
  /** Cuts those under way, and takes no more. */
  stop(): Promise<void>;
}

/** The stream's chunks, once the first is there: an error before it can still be answered. */
async function begun(stream: Readable): Promise<AsyncIterable<Buffer>> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let next = await chunks.next();
  return (async function* () {
    for (; !next.done; next = await chunks.next()) yield next.value;
  })();
}

export function createExporter(
  connect: () => pg.Client,
  logger: Logger,
  limits: ExportLimits = EXPORT_LIMITS,
): Exporter {
  const underWay = new Map<Promise<void>, AbortController>();
  /** Those whose answers are not sent yet. */
  let sending = 0;
  let isStopping = false;

  async function copy(
    { from, to, format }: ExportQuery,
    response: ServerResponse,
    { begin, signal }: { begin: () => void; signal: AbortSignal },
  ): Promise<void> {
    let client: pg.Client | undefined;
    try {
      client = connect();
      // The statement under way fails with the same.
      client.on("error", () => {});
      await client.connect();
      const rows = client.query(copyTo(copyStatement(exportBound(from), exportBound(to), format)));
      // Ended before its end it is told so by its connection too, when nobody listens any more.
      rows.on("error", () => {});
      const cut = () => rows.destroy(signal.reason);
      signal.addEventListener("abort", cut, { once: true });
      if (signal.aborted) cut();
      const chunks = await begun(rows);
      begin();
      await pipeline(chunks, response, { signal });
    } finally {
      sending--;
      // In the middle of a COPY this closes the socket, which ends the COPY.
      await client?.end();
    }
  }

  async function sendUntil(
    ending: AbortController,
    query: ExportQuery,
    response: ServerResponse,
    begin: () => void,
  ): Promise<void> {
    const left = () => ending.abort(CLIENT_LEFT);
    response.once("close", left);
    response.setTimeout(limits.idleMs, () => {
      // Without anything to take it is the database that takes its time.
      if (response.writableLength > 0) ending.abort(new Error("the client takes nothing"));
    });
    const late = setTimeout(() => ending.abort(new Error("it takes too long")), limits.totalMs);
    try {
      await copy(query, response, { begin, signal: ending.signal });
    } catch (error) {
      const reason: Error = ending.signal.aborted ? ending.signal.reason : (error as Error);
      if (!response.headersSent && !response.destroyed) throw reason;
      response.destroy();
      logger[reason === CLIENT_LEFT ? "debug" : "warn"]({ reason: reason.message }, "an export was cut");
    } finally {
      clearTimeout(late);
      response.off("close", left);
    }
  }

  return {
    send(query, response, begin) {
      if (isStopping) throw unavailable(STOPPING);
      if (sending >= limits.atOnce || underWay.size >= limits.atOnce + MOST_ENDING)
        throw unavailable(`${limits.atOnce} exports are under way, try again later`, RETRY_AFTER_SECONDS);
      sending++;
      const ending = new AbortController();
      const sent = sendUntil(ending, query, response, begin).finally(() => underWay.delete(sent));
      underWay.set(sent, ending);
      return sent;
    },
    running: () => underWay.size,
    async stop() {
      isStopping = true;
      for (const ending of underWay.values()) ending.abort(unavailable(STOPPING));
      await Promise.allSettled(underWay.keys());
    },
  };
}
