import { chown, copyFile, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createKafka, createLogger, kafkaVariables, readEnv, variables } from "@pulseboard/runtime";
import { beforeAll, describe, expect, test } from "vitest";
import { startTestApi } from "../../services/api/test/apiFixture.ts";
import { hasApacheKafka, startTestApacheKafka } from "../support/apacheKafka/testBroker.ts";
import { startTestBroker } from "../support/broker.ts";
import { type Certificates, createCertificates } from "../support/certificates.ts";
import { runToEnd } from "../support/command.ts";
import { createTestDatabase } from "../support/database.ts";
import { createTestFolder } from "../support/folder.ts";
import { freePort } from "../support/freePort.ts";
import { Ledger } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { spawnService } from "../support/process.ts";
import { query } from "../support/query.ts";
import { until } from "../support/until.ts";

let certificates: Certificates;
let others: Certificates;

beforeAll(async () => {
  certificates = await createCertificates("DNS:localhost,IP:127.0.0.1");
  others = await createCertificates("DNS:elsewhere.example");
});

describe("PostgreSQL over TLS", () => {
  let postgres: TestPostgres;

  /** From now on the server shows this certificate. */
  async function show({ certificate, key }: Certificates): Promise<void> {
    const [row] = await query<{ data_directory: string }>(postgres.url, "show data_directory");
    const folder = row!.data_directory;
    const { uid, gid } = await stat(folder);
    for (const [from, name] of [
      [certificate, "server.crt"],
      [key, "server.key"],
    ] as const) {
      await copyFile(from, join(folder, name));
      await chown(join(folder, name), uid, gid);
    }
    await query(postgres.url, "alter system set ssl = on");
    await query(postgres.url, "select pg_reload_conf()");
  }

  const tls = (authority: string) => {
    const url = new URL(postgres.url);
    url.searchParams.set("sslmode", "verify-full");
    url.searchParams.set("sslrootcert", authority);
    return url.href;
  };

  const isEncrypted = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";

  beforeAll(async () => {
    postgres = await startTestPostgres();
    await show(certificates);
    await until(() => query(tls(certificates.authority), isEncrypted));
  });

  test("verify-full: every connection of the API and of ingest is encrypted, and they work", async () => {
    const url = tls(certificates.authority);
    expect(await query(url, isEncrypted)).toEqual([{ ssl: true }]);
    const broker = await startTestBroker();
    const api = await startTestApi(url, { KAFKA_BROKERS: broker.address });
    const pipeline = await Pipeline.open(url, broker.address);
    await pipeline.createTopic();
    const ledger = await Ledger.open(broker.address, Pipeline.POSTS);
    const ingest = await pipeline.startIngest();
    await ledger.publish(50);
    await pipeline.settled();
    await pipeline.expectExact(ledger);
    await until(async () => (await (await api.get("/readyz")).json()) as { checks: object }, {
      is: ({ checks }) => JSON.stringify(checks).includes('"database":{"ok":true'),
    });
    const open = await query<{ name: string; ssl: boolean }>(
      postgres.url,
      "select distinct application_name as name, ssl from pg_stat_activity join pg_stat_ssl using (pid) where application_name like 'pulseboard-%'",
    );
    expect(open.length).toBeGreaterThan(2);
    expect(open.filter(({ ssl }) => !ssl)).toEqual([]);
    await ingest.stop();
    await api.stop();
  });

  test("verify-full refuses a server that another authority vouches for, and one of another name", async () => {
    const migrate = (url: string) => runToEnd("schema/src/main.ts", [], { DATABASE_URL: url });
    expect(await migrate(tls(others.authority))).toEqual({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(/^DATABASE_URL: no connection: .*certificate.*\n$/),
    });
    await show(others);
    try {
      const refused = await until(() => migrate(tls(others.authority)), {
        is: ({ stderr }) => stderr.includes("altnames"),
      });
      expect(refused).toMatchObject({ status: 1, stdout: "" });
    } finally {
      await show(certificates);
    }
  });

  test("a file that cannot be read is told at the start, by the variable's name", () => {
    const url = "postgresql://someone:secret@db.example/x?sslmode=verify-full&sslrootcert=/nonexistent.pem";
    const read = () => readEnv({ DATABASE_URL: variables.databaseUrl }, { DATABASE_URL: url });
    expect(read).toThrow("DATABASE_URL: expected readable files for its sslrootcert");
    expect(read).not.toThrow("secret");
  });
});

test("KAFKA_SSL_CA is held to be certificates, and to come with KAFKA_SSL", () => {
  const kafka = (env: Record<string, string>) =>
    createKafka(
      "test",
      readEnv(kafkaVariables, { KAFKA_BROKERS: "localhost:9093", ...env }),
      createLogger("test", "silent"),
    );
  for (const path of ["/nonexistent.pem", certificates.key, "/"])
    expect(() => kafka({ KAFKA_SSL: "true", KAFKA_SSL_CA: path })).toThrow(
      "KAFKA_SSL_CA: expected a readable PEM file of certificates",
    );
  expect(() => kafka({ KAFKA_SSL_CA: certificates.authority })).toThrow("KAFKA_SSL: expected true");
  expect(() => kafka({ KAFKA_SSL: "true", KAFKA_SSL_CA: certificates.authority })).not.toThrow();
});

describe.skipIf(!hasApacheKafka)("Kafka over TLS with SASL, the real Apache Kafka", () => {
  const USERNAME = "ingest";
  const PASSWORD = "a-password-of-the-tests";
  let secure: string;
  let open: string;

  beforeAll(async () => {
    const keystore = join(await createTestFolder(), "keystore.pem");
    await writeFile(
      keystore,
      (await readFile(certificates.key, "utf8")) + (await readFile(certificates.certificate, "utf8")),
    );
    const port = await freePort();
    const kafka = await startTestApacheKafka({
      secure: { port, keystore, username: USERNAME, password: PASSWORD },
    });
    secure = `127.0.0.1:${port}`;
    open = kafka.address;
  });

  const env = (password = PASSWORD, authority = certificates.authority) => ({
    ...{ KAFKA_BROKERS: secure, KAFKA_SSL: "true", KAFKA_SSL_CA: authority },
    ...{ KAFKA_SASL_MECHANISM: "plain", KAFKA_SASL_USERNAME: USERNAME, KAFKA_SASL_PASSWORD: password },
  });

  test("events are published by the API and counted by ingest exactly once", async () => {
    const pipeline = await Pipeline.open((await createTestDatabase()).url, open);
    const ledger = await Ledger.open(open, Pipeline.POSTS);
    await pipeline.createTopic();
    const ingest = await pipeline.startIngest(env());
    await ledger.publish(200, { duplicates: 0.1 });
    await pipeline.settled();
    await pipeline.expectExact(ledger);

    const api = await startTestApi(pipeline.databaseUrl, env());
    await until(async () => (await api.post({ type: "view", post_id: 1 })).status, {
      is: (status) => status === 202,
    });
    await until(async () => (await pipeline.storedRows()) > ledger.events.size);
    await api.stop();
    await ingest.stop();
  });

  test.each([
    ["a wrong password", () => env("not-the-password-of-the-tests"), "not-the-password-of-the-tests"],
    ["an authority that does not vouch for the broker", () => env(PASSWORD, others.authority), PASSWORD],
  ])("%s is refused, and no log line holds the password", async (_, settings, password) => {
    const { url } = await createTestDatabase();
    const service = await spawnService(
      "services/api/src/main.ts",
      { DATABASE_URL: url, PORT: "0", LOG_LEVEL: "trace", ...settings() },
      { readyWhen: "message" },
    );
    await until(
      () => service.logs.some((line) => /kafka/i.test(line) && /authentic|certificate/i.test(line)),
      {},
    );
    const ready = await fetch(`${service.ready.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ checks: { kafka: { ok: false } } });
    await service.stop();
    expect(service.logs.join("\n")).not.toContain(password);
    expect(service.logs.join("\n")).not.toContain(Buffer.from(password).toString("base64"));
  });
});
