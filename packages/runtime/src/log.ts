import { writeSync } from "node:fs";
import { type DestinationStream, type Logger, type LoggerOptions, pino } from "pino";

export type { Logger };

/**
 * Writes whole lines to stdout at once. pino's own destination never returns from its flush at exit when the reader
 * has gone, which would keep a process whose parent was killed alive for ever.
 */
const stdout: DestinationStream = {
  write(line) {
    let rest = Buffer.from(line);
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(1, rest));
      } catch (error) {
        // The reader is slow: wait for it. Anything else means that there is no reader.
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
  },
};

/** Structured JSON logs on stdout, one object a line. Values under names that hold secrets never leave the process. */
export function createLogger(name: string, level: string): Logger {
  const options: LoggerOptions = {
    name,
    level,
    base: { name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        "password",
        "*.password",
        "authorization",
        "*.authorization",
        "headers.authorization",
        "databaseUrl",
        "*.databaseUrl",
        "apiKeys",
        "*.apiKeys",
      ],
      censor: "[hidden]",
    },
  };
  return pino(options, stdout);
}
