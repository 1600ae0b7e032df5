import { type Logger, pino } from "pino";

export type { Logger };

/** Structured JSON logs on stdout, one object a line. Values under names that hold secrets never leave the process. */
export function createLogger(name: string, level: string): Logger {
  return pino({
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
  });
}
