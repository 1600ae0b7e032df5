import {
  type ApiKey,
  accessVariables,
  checkTokenSettings,
  kafkaVariables,
  readEnv,
  variables,
} from "@pulseboard/runtime";
import type { z } from "zod";
import type { TokenSettings } from "./keys/tokens.ts";

const SHAPE = {
  DATABASE_URL: variables.databaseUrl,
  ...kafkaVariables,
  PORT: variables.port.optional(),
  HOST: variables.host,
  ENGAGEMENTS_TOPIC: variables.topic,
  ...accessVariables,
  LOG_LEVEL: variables.logLevel,
};

const DEFAULT_PORT = 8000;
const DEFAULT_RATE_LIMIT = 600;

/** How much the live side holds at once. */
export interface LiveBounds {
  /** Connections of one client; it may open as many in a minute, and RATE_LIMIT more. */
  clientConnections: number;
  /** Parameter sets that one client alone subscribes to. */
  clientSets: number;
  /** Parameter sets of the process. */
  sets: number;
}

export interface Config {
  databaseUrl: string;
  kafka: Pick<z.infer<z.ZodObject<typeof SHAPE>>, keyof typeof kafkaVariables>;
  host: string;
  port: number;
  /** Whether the port was asked for: then a taken one is an error. */
  portWasSet: boolean;
  topic: string;
  /** Origins that may read across origins, as `new URL().origin` writes them; `*` for any. */
  corsOrigins: ReadonlySet<string>;
  readAccess: "public" | "key";
  /** Requests per minute and client. */
  rateLimit: number;
  /** Whether clients on this machine are limited too. */
  rateLimitLoopback: boolean;
  /** Addresses and CIDR blocks of proxies whose X-Forwarded-For is believed. */
  trustedProxies: readonly string[];
  live: LiveBounds;
  apiKeys: readonly ApiKey[];
  /** Whose tokens are accepted; undefined: nobody's. */
  tokens: TokenSettings | undefined;
  logLevel: string;
}

/** The process's settings. @throws ConfigError naming the variable at fault. */
export function readConfig(env?: Record<string, string | undefined>): Config {
  const read = readEnv(SHAPE, env);
  checkTokenSettings(read);
  return {
    databaseUrl: read.DATABASE_URL,
    kafka: read,
    host: read.HOST,
    port: read.PORT ?? DEFAULT_PORT,
    portWasSet: read.PORT !== undefined,
    topic: read.ENGAGEMENTS_TOPIC,
    corsOrigins: new Set(
      read.CORS_ORIGINS?.map((origin) => (origin === "*" ? origin : new URL(origin).origin)),
    ),
    readAccess: read.READ_ACCESS,
    rateLimit: read.RATE_LIMIT ?? DEFAULT_RATE_LIMIT,
    rateLimitLoopback: read.RATE_LIMIT !== undefined,
    trustedProxies: read.TRUSTED_PROXIES,
    live: {
      clientConnections: read.LIVE_CLIENT_CONNECTIONS,
      clientSets: read.LIVE_CLIENT_SETS,
      sets: read.LIVE_SETS,
    },
    apiKeys: read.API_KEYS ?? [],
    tokens: read.JWT_JWKS_URL && {
      jwksUrl: read.JWT_JWKS_URL,
      issuer: read.JWT_ISSUER ?? "",
      audience: read.JWT_AUDIENCE ?? "",
    },
    logLevel: read.LOG_LEVEL,
  };
}
