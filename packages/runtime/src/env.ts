import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { z } from "zod";

/** A variable that is missing or malformed: the message names it and says what was expected. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `expected an integer from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `expected an integer from ${min} to ${max}`);

/** A plain decimal: no sign, no exponent, no hex, no blanks. */
const decimal = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}(\.\d{1,9})?$/, `expected a number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `expected a number from ${min} to ${max}`);

/** Simulated events a second at most. */
export const MAX_SIMULATOR_RATE = 100_000;

const list = (what: string) =>
  z
    .string()
    .transform((text) => text.split(",").map((part) => part.trim()))
    .refine((parts) => parts.every(Boolean), `expected ${what}, comma separated`);

const DATABASE_URL = "expected a PostgreSQL URL, postgresql://user:password@host:port/database";
const TLS_FILES = "expected readable files for its sslrootcert, sslcert and sslkey";

/** The content of a file, or undefined where there is none that we may read. */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** The parts of a PostgreSQL URL, which may leave the host out: ?host= then names the folder of its socket. */
function partsOf(databaseUrl: string): URL | undefined {
  const withHost = databaseUrl.replace("@/", "@localhost/");
  return URL.canParse(withHost) ? new URL(withHost) : undefined;
}

/** pg reads these when it connects, and would report a missing one as a server that is away. */
function hasTlsFiles(databaseUrl: string): boolean {
  const searchParams = partsOf(databaseUrl)?.searchParams ?? new URLSearchParams();
  return ["sslrootcert", "sslcert", "sslkey"]
    .map((name) => searchParams.get(name))
    .every((path) => path === null || contentOf(path) !== undefined);
}

const EXPECTED_CA = "expected a readable PEM file of certificates";

/** Certificates, as they were read from the file. */
const certificates = z
  .string()
  .transform(contentOf)
  .refine((pem) => pem !== undefined && isCertificate(pem), EXPECTED_CA)
  .transform((pem) => pem ?? "");

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

const BROKERS = "expected host:port, an IPv6 address in brackets, comma separated";
const isHostPort = (text: string): boolean => {
  const match = /^(?:[^\s:[\]]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(text);
  return match !== null && Number(match[1]) >= 1 && Number(match[1]) <= 65_535;
};

const EXPECTED_HOST = "expected an IP address or a host name, without port";
const isHostName = (text: string): boolean =>
  text.length <= 253 &&
  !/^[\d.]+$/.test(text) &&
  /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/.test(text);

/** The variables that several processes share, each with its one meaning. */
export const variables = {
  integer,
  list,
  databaseUrl: z
    .string(DATABASE_URL)
    .refine((text) => /^postgres(ql)?:\/\//.test(text) && partsOf(text) !== undefined, DATABASE_URL)
    .refine(hasTlsFiles, TLS_FILES),
  kafkaBrokers: z
    .string(BROKERS)
    .transform((text) => text.split(",").map((part) => part.trim()))
    .refine((parts) => parts.every(isHostPort), BROKERS),
  port: integer(0, 65_535),
  host: z
    .string()
    .refine((host) => isIP(host) !== 0 || isHostName(host), EXPECTED_HOST)
    .default("127.0.0.1"),
  topic: z
    .string()
    .regex(/^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/, "expected a Kafka topic name")
    .default("engagements"),
  consumerGroup: z
    .string()
    .regex(
      /^[\x21-\x7e]{1,255}$/,
      "expected a consumer group's name, printable ASCII without spaces, 255 at most",
    ),
  logLevel: z
    .enum(
      ["trace", "debug", "info", "warn", "error", "fatal", "silent"],
      "expected trace, debug, info, warn, error, fatal or silent",
    )
    .default("info"),
  statsRefreshMs: integer(50, 60_000).default(1_000),
  simulatorRate: decimal(0, MAX_SIMULATOR_RATE).default(20),
  kafkaSsl: z
    .enum(["true", "false"], "expected true or false")
    .default("false")
    .transform((text) => text === "true"),
  kafkaSaslMechanism: z
    .enum(["plain", "scram-sha-256", "scram-sha-512"], "expected plain, scram-sha-256 or scram-sha-512")
    .optional(),
} as const;

/** The variables every Kafka client of ours reads. Spread into a service's own shape. */
export const kafkaVariables = {
  KAFKA_BROKERS: variables.kafkaBrokers,
  KAFKA_SSL: variables.kafkaSsl,
  KAFKA_SSL_CA: certificates.optional(),
  KAFKA_SASL_MECHANISM: variables.kafkaSaslMechanism,
  KAFKA_SASL_USERNAME: z.string().min(1).optional(),
  KAFKA_SASL_PASSWORD: z.string().min(1).optional(),
};

/** How long data is kept; without a value, for good. Answers look back 365 days, so rollups stay 13 months at least. */
export const retentionVariables = {
  RETENTION_MONTHS: integer(1, 1_200).optional(),
  RETENTION_DETAIL_MONTHS: integer(13, 1_200).optional(),
  RETENTION_REJECTED_DAYS: integer(1, 36_500).optional(),
};

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

const EXPECTED_PROXIES =
  "expected addresses and CIDR blocks of proxies, comma separated, such as 10.1.2.3,172.30.0.0/24,fd00::/8";

/** An address, or a block of them in CIDR notation. */
function isNetwork(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (version === 4 ? 32 : 128);
}

const networks = z
  .string()
  .transform((text) => text.split(",").map((part) => part.trim()))
  .refine((parts) => parts.every(isNetwork), EXPECTED_PROXIES);

const EXPECTED_KEY_SET = "expected an https URL of a JSON Web Key Set; http on this machine only";

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);

function isKeySetUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  const isSafe = protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
  return isSafe && !username && !password;
}

/** The variables of who may ask the API for what. */
export const accessVariables = {
  CORS_ORIGINS: origins.optional(),
  READ_ACCESS: z.enum(["public", "key"], "expected public or key").default("public"),
  RATE_LIMIT: integer(1, 1_000_000).optional(),
  TRUSTED_PROXIES: networks.default(["127.0.0.0/8", "::1"]),
  LIVE_CLIENT_CONNECTIONS: integer(1, 10_000).default(2_000),
  LIVE_CLIENT_SETS: integer(1, 100_000).default(50),
  LIVE_SETS: integer(1, 100_000).default(2_000),
  API_KEYS: apiKeys.optional(),
  JWT_JWKS_URL: z
    .string()
    .refine(isKeySetUrl, EXPECTED_KEY_SET)
    .transform((text) => new URL(text))
    .optional(),
  JWT_ISSUER: z.string().max(1_000).optional(),
  JWT_AUDIENCE: z.string().max(1_000).optional(),
};

/** @throws ConfigError when tokens are taken without saying whose and for whom */
export function checkTokenSettings(
  read: Partial<Record<"JWT_JWKS_URL" | "JWT_ISSUER" | "JWT_AUDIENCE", unknown>>,
): void {
  if (read.JWT_JWKS_URL === undefined) return;
  for (const name of ["JWT_ISSUER", "JWT_AUDIENCE"] as const)
    if (read[name] === undefined)
      throw new ConfigError(
        `${name}: required with JWT_JWKS_URL, or a token that was made for another service would be taken`,
      );
}

/** Variables whose values no message shows. */
const SECRET = new Set(["DATABASE_URL", "API_KEYS", "KAFKA_SASL_PASSWORD", "JWT_JWKS_URL"]);
const SHOWN_CHARACTERS = 60;

/** What came instead of what was expected. */
function got(name: string, value: string | undefined): string {
  if (value === undefined) return " (it is not set)";
  // A user and a password stand before an @, wherever they do not belong.
  if (SECRET.has(name) || value.includes("@")) return `, got ${value.length} characters that are not shown`;
  const shown = value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}...` : value;
  return `, got ${JSON.stringify(shown)}`;
}

const PASSWORD_FILE = "expected a readable file that holds the password of DATABASE_URL's user";

/** DATABASE_URL with the password of DATABASE_PASSWORD_FILE; one that names a password keeps it. */
function withPasswordOfFile(databaseUrl: string | undefined, file: string | undefined): string | undefined {
  const [, scheme, user] = /^(postgres(?:ql)?:\/\/)([^:@/?#]*)@/.exec(databaseUrl ?? "") ?? [];
  if (!databaseUrl || !file || !user) return databaseUrl;
  const password = contentOf(file)?.trim();
  if (!password)
    throw new ConfigError(`DATABASE_PASSWORD_FILE: ${PASSWORD_FILE}, got ${JSON.stringify(file)}`);
  return `${scheme}${user}:${encodeURIComponent(password)}${databaseUrl.slice(`${scheme}${user}`.length)}`;
}

/**
 * Reads the environment by a shape of one schema per variable. An empty variable counts as absent.
 * @throws ConfigError naming every variable that is missing or malformed.
 */
export function readEnv<S extends z.ZodRawShape>(
  shape: S,
  env: Record<string, string | undefined> = process.env,
): z.infer<z.ZodObject<S>> {
  const given = Object.fromEntries(
    Object.keys(shape).map((key) => [key, env[key] === "" ? undefined : env[key]]),
  );
  if (given.DATABASE_URL)
    given.DATABASE_URL = withPasswordOfFile(given.DATABASE_URL, env.DATABASE_PASSWORD_FILE);
  const result = z.object(shape).safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues
      .map((issue) => {
        const name = String(issue.path[0]);
        return `${name}: ${issue.message}${got(name, given[name])}`;
      })
      .join("; "),
  );
}
