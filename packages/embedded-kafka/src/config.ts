import { resolve } from "node:path";
import type { LogLevel } from "./logger.ts";

export interface Config {
  dataDir: string;
  host: string;
  port: number;
  /** Only the default port gives way; one that was asked for is an error when taken. */
  portIsDefault: boolean;
  logLevel: LogLevel;
}

export const DEFAULT_PORT = 9092;
const LOG_LEVELS = new Map<string, LogLevel>([
  ["trace", "info"],
  ["debug", "info"],
  ["info", "info"],
  ["warn", "warn"],
  ["error", "error"],
  ["fatal", "error"],
  ["silent", "silent"],
]);

export class BadSetting extends Error {}

/** The only reader of the environment in this package. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const port = env.KAFKA_PORT ?? "";
  const host = env.HOST || "127.0.0.1";
  return {
    dataDir: resolve(env.PULSEBOARD_DATA || ".pulseboard", "kafka"),
    host,
    port: port === "" ? DEFAULT_PORT : parsePort(port),
    portIsDefault: port === "",
    logLevel: parseLogLevel(env.LOG_LEVEL || "info"),
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new BadSetting(`KAFKA_PORT: a port from 0 to 65535 expected, got ${JSON.stringify(text)}`);
  }
  return port;
}

function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.get(text);
  if (level === undefined) {
    const known = [...LOG_LEVELS.keys()].join(", ");
    throw new BadSetting(`LOG_LEVEL: one of ${known} expected, got ${JSON.stringify(text)}`);
  }
  return level;
}
