import { kafkaVariables, readEnv, variables } from "@pulseboard/runtime";
import { z } from "zod";

export const SCOPES = ["read", "read:raw", "write", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export interface ApiKey {
  key: string;
  scopes: ReadonlySet<Scope>;
}

const KEY = /^[A-Za-z0-9_-]{20,}$/;
const EXPECTED_KEYS =
  "expected key:scope+scope, comma separated, keys of 20 or more of A-Za-z0-9_-, scopes read, read:raw, write, admin";

const isScope = (text: string): text is Scope => (SCOPES as readonly string[]).includes(text);

/** `key:scope+scope,...`; undefined when malformed, so that no message can hold a key. */
function parseApiKeys(text: string): ApiKey[] | undefined {
  const keys: ApiKey[] = [];
  for (const entry of text.split(",")) {
    const [, key = "", list = ""] = /^\s*([^:]*):(.*?)\s*$/.exec(entry) ?? [];
    const scopes = list.split("+");
    if (!KEY.test(key) || !scopes.every(isScope)) return undefined;
    keys.push({ key, scopes: new Set(scopes) });
  }
  return keys;
}

const apiKeys = z
  .string()
  .transform(parseApiKeys)
  .refine((keys) => keys !== undefined, EXPECTED_KEYS)
  .transform((keys) => keys ?? []);

const EXPECTED_ORIGINS = "expected origins such as https://example.org, comma separated, or *";

const origins = z
  .string()
  .transform((text) => text.split(",").map((part) => part.trim()))
  .refine(
    (parts) =>
      parts.every(
        (part) => part === "*" || (/^https?:\/\//.test(part) && URL.canParse(part) && isOrigin(part)),
      ),
    EXPECTED_ORIGINS,
  );

const isOrigin = (text: string): boolean => new URL(text).origin === text.toLowerCase().replace(/\/$/, "");

const SHAPE = {
  DATABASE_URL: variables.databaseUrl,
  ...kafkaVariables,
  PORT: variables.port.optional(),
  HOST: variables.host,
  ENGAGEMENTS_TOPIC: variables.topic,
  CORS_ORIGINS: origins.optional(),
  READ_ACCESS: z.enum(["public", "key"], "expected public or key").default("public"),
  RATE_LIMIT: variables.integer(1, 1_000_000).optional(),
  API_KEYS: apiKeys.optional(),
  LOG_LEVEL: variables.logLevel,
};

const DEFAULT_PORT = 8000;
const DEFAULT_RATE_LIMIT = 600;

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
  apiKeys: readonly ApiKey[];
  logLevel: string;
}

/** The process's settings. @throws ConfigError naming the variable at fault. */
export function readConfig(env?: Record<string, string | undefined>): Config {
  const read = readEnv(SHAPE, env);
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
    apiKeys: read.API_KEYS ?? [],
    logLevel: read.LOG_LEVEL,
  };
}
