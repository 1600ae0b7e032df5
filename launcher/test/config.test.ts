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
  ])("%s=%s", (name, value) => {
    expect(() => readConfig([], { [name]: value })).toThrow(`${name}: expected`);
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
  const secured = { KAFKA_SSL: "true", KAFKA_SSL_CA, KAFKA_SASL_MECHANISM: "plain" };
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
