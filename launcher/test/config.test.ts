import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { createKafka, createLogger, kafkaVariables, readEnv } from "@pulseboard/runtime";
import { describe, expect, onTestFinished, test } from "vitest";
import { partsEnv, readConfig } from "../src/config.ts";

const KEY = "k".repeat(20);

test("what the parts use is read as they read it, and handed on as it was given", () => {
  const env = { API_KEYS: `${KEY}:read`, RATE_LIMIT: "5", CORS_ORIGINS: "*", STATS_REFRESH_MS: "500" };
  const config = readConfig([], env);
  expect(config?.env).toMatchObject(env);
  expect(config?.apiKeys).toBe(env.API_KEYS);
});

describe("what a part would refuse is refused before anything is started, by its name", () => {
  test.each([
    ["API_KEYS", "short:read"],
    ["READ_ACCESS", "nobody"],
    ["RATE_LIMIT", "many"],
    ["CORS_ORIGINS", "example.org"],
    ["STATS_REFRESH_MS", "1"],
    ["RETENTION_MONTHS", "0"],
    ["RETENTION_DETAIL_MONTHS", "12"],
    ["RETENTION_REJECTED_DAYS", "a week"],
    ["ENGAGEMENTS_TOPIC", "a b"],
    ["KAFKA_SSL", "yes"],
    ["KAFKA_SASL_MECHANISM", "gssapi"],
    ["HOST", "http://localhost"],
    ["HOST", "127.0.0.1:8000"],
    ["HOST", "300.1.1.1"],
    ["HOST", "[::1]"],
    ["PORT", "http"],
    ["KAFKA_PORT", "65536"],
    ["METRICS_PORT", "-1"],
    ["KAFKA_BROKERS", "::1:9092"],
    ["KAFKA_BROKERS", "[::1]"],
    ["ENGAGEMENTS_TOPIC", ".."],
    ["STATS_REFRESH_MS", "1e3"],
    ["SIMULATOR_RATE", "100001"],
    ["SIMULATOR_RATE", "1e3"],
    ["SIMULATOR_RATE", "0.0000000001"],
    ["SAMPLE_DATA", "some"],
    ["LOG_LEVEL", "loud"],
  ])("%s=%s", (name, value) => {
    const read = () => readConfig([], { [name]: value });
    expect(read).toThrow(new RegExp(`^${name}: expected .*, got `));
    if (name !== "API_KEYS") expect(read).toThrow(JSON.stringify(value));
  });

  test.each([
    [{ KAFKA_SASL_MECHANISM: "plain" }, "KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: expected with"],
    [
      { PORT: "9000", METRICS_PORT: "9000" },
      "METRICS_PORT: expected another port than that of PORT, got 9000",
    ],
  ])("what does not go together: %o", (env, line) => {
    expect(() => readConfig([], { KAFKA_BROKERS: "localhost:9092", ...env })).toThrow(line);
  });

  test("in one line, however long the value, and never with a secret", () => {
    const message = (env: Record<string, string>) => {
      try {
        readConfig([], env);
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    expect(message({ PORT: "9\n".repeat(10_000) }).length).toBeLessThan(200);
    expect(message({ PORT: "9\n" })).not.toContain("\n");
    expect(message({ DATABASE_URL: "postgres:/me:secret@x" })).toBe(
      "DATABASE_URL: expected a PostgreSQL URL, postgresql://user:password@host:port/database, got 21 characters that are not shown",
    );
  });

  test.each(["127.0.0.1", "0.0.0.0", "::", "::1", "localhost", "pulse.example.org"])(
    "HOST=%s is one",
    (HOST) => {
      expect(readConfig([], { HOST })?.HOST).toBe(HOST);
    },
  );

  test("never with a key", () => {
    expect(() => readConfig([], { API_KEYS: `${KEY}:reading` })).not.toThrow(KEY);
  });
});

test("TLS and SASL of brokers of one's own are not held against the embedded one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pulseboard-config-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const KAFKA_SSL_CA = join(folder, "ca.pem");
  await writeFile(KAFKA_SSL_CA, rootCertificates[0]!);
  const login = { KAFKA_SASL_USERNAME: "me", KAFKA_SASL_PASSWORD: "secret" };
  const secured = { KAFKA_SSL: "true", KAFKA_SSL_CA, KAFKA_SASL_MECHANISM: "plain", ...login };
  const kafkaOf = (env: Record<string, string>) => {
    const backends = { databaseUrl: "postgresql://localhost/x", kafkaBrokers: ["localhost:9092"] };
    return readEnv(kafkaVariables, partsEnv(readConfig([], env)!, backends));
  };

  const embedded = kafkaOf(secured);
  expect(embedded).toEqual({ KAFKA_BROKERS: ["localhost:9092"], KAFKA_SSL: false });
  createKafka("config-test", embedded, createLogger("config-test", "silent"));
  expect(kafkaOf({ ...secured, KAFKA_BROKERS: "localhost:9092" })).toMatchObject({
    KAFKA_SSL: true,
    KAFKA_SASL_MECHANISM: "plain",
  });
});
