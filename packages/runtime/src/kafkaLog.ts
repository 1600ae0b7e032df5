import { type LogEntry, logLevel } from "kafkajs";
import { fromKafkajs } from "./addresses.ts";
import type { Logger } from "./log.ts";

const LEVELS: Record<number, "error" | "warn" | "debug" | "trace"> = {
  [logLevel.ERROR]: "error",
  [logLevel.WARN]: "warn",
  [logLevel.INFO]: "debug", // kafkajs' info is chatter of every join and connect
  [logLevel.DEBUG]: "trace",
};

/** Equal lines within this time are told as one with their number. */
const REPEATED_WITHIN_MS = 5_000;
/** Different lines whose repeats are counted at a time; more are all written. */
const MOST_COUNTED = 200;

/** What of an error a log can hold; an Error as it is would be written as {}. */
function plainError(error: Error): Record<string, unknown> {
  const { name, cause } = error;
  const { code, type, broker } = error as { code?: unknown; type?: unknown; broker?: unknown };
  const message = error.message || (cause instanceof Error ? cause.message : "");
  return { name, message, code, type, broker };
}

const plain = (value: unknown): unknown => (value instanceof Error ? plainError(value) : value);

/**
 * Writes what kafkajs logs through our logger, errors with what they say. Of equal warnings and errors (same words,
 * same broker) the first is written at once, and every five seconds one with the number of those since.
 */
export function createKafkaLog(logger: Logger, repeatedWithinMs = REPEATED_WITHIN_MS) {
  const log = logger.child({ library: "kafkajs" });
  /** By its words, how often a line came since it was last written. */
  const counted = new Map<string, number>();

  function writeOnce(key: string, write: (repeats: { repeated?: number }) => void): void {
    const repeats = counted.get(key);
    if (repeats !== undefined) return void counted.set(key, repeats + 1);
    write({});
    if (counted.size >= MOST_COUNTED) return;
    counted.set(key, 0);
    const settle = () => {
      const repeated = counted.get(key)!;
      counted.delete(key);
      if (repeated === 0) return;
      write({ repeated });
      counted.set(key, 0);
      setTimeout(settle, repeatedWithinMs).unref();
    };
    setTimeout(settle, repeatedWithinMs).unref();
  }

  return ({ namespace, level, log: entry }: LogEntry): void => {
    const { message: said, timestamp: _timestamp, logger: _logger, stack: _stack, ...rest } = entry;
    // kafkajs logs an error in the place of words too.
    const thrown = (said as unknown) instanceof Error ? (said as unknown as Error) : undefined;
    const message = thrown?.message ?? String(said);
    const facts = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, plain(value)]));
    if (typeof facts.broker === "string") facts.broker = fromKafkajs(facts.broker);
    if (thrown) facts.error = plainError(thrown);
    // An answer that reports an error is thrown to the caller, who tries again or tells of it.
    const severity = message.startsWith("Response ") ? "debug" : (LEVELS[level] ?? "debug");
    const write = (repeats: { repeated?: number }) =>
      log[severity]({ namespace, ...facts, ...repeats }, message);
    if (severity !== "error" && severity !== "warn") write({});
    else writeOnce(JSON.stringify([severity, namespace, message, facts.broker, facts.error]), write);
  };
}
