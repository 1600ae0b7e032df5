/** Structured log lines, in the argument order of pino, whose loggers fit as they are. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const silentLogger: Logger = { info() {}, warn() {}, error() {} };

const LEVELS = ["info", "warn", "error"] as const;
export type LogLevel = (typeof LEVELS)[number] | "silent";

/** One JSON object a line, at or above the given level. */
export function jsonLogger(level: LogLevel, write: (line: string) => void): Logger {
  const threshold = level === "silent" ? LEVELS.length : LEVELS.indexOf(level);
  const at = (name: (typeof LEVELS)[number]) => (fields: object, message: string) => {
    if (LEVELS.indexOf(name) < threshold) return;
    write(
      `${JSON.stringify({ level: name, time: new Date().toISOString(), service: "kafka", ...fields, msg: message })}\n`,
    );
  };
  return { info: at("info"), warn: at("warn"), error: at("error") };
}
