import { beforeAll, expect, test } from "vitest";
import { startTestBroker } from "../support/broker.ts";
import { runToEnd } from "../support/command.ts";
import { createTestDatabase } from "../support/database.ts";
import { createLogin } from "../support/login.ts";
import { spawnService } from "../support/process.ts";
import { until } from "../support/until.ts";

/** None of these may ever be written to a log, a terminal or an answer. */
const SECRETS = {
  password: "password-that-nobody-may-see",
  sasl: "sasl-secret-that-nobody-may-see",
  key: "key-that-nobody-may-ever-see-0001",
};

let databaseUrl: string;
let broker: string;

beforeAll(async () => {
  databaseUrl = (await createTestDatabase()).url;
  broker = (await startTestBroker()).address;
});

/** As they are, and as headers, URLs and bytes in a log may hold them. */
function expectNoSecret(written: string): void {
  for (const secret of [...Object.values(SECRETS), new URL(databaseUrl).password])
    for (const form of [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString("base64").replace(/=+$/, ""),
      Buffer.from(secret).toString("hex"),
    ])
      expect(written.includes(form), `${form} in:\n${written}`).toBe(false);
}

const withPassword = (url: string, change: Partial<Record<"host" | "username", string>> = {}): string =>
  Object.assign(new URL(url), { password: SECRETS.password, ...change }).href;

const badSurroundings = (): [string, Record<string, string>][] => [
  ["a wrong password", { DATABASE_URL: withPassword(databaseUrl), KAFKA_BROKERS: broker }],
  [
    "hosts that nobody knows",
    {
      DATABASE_URL: withPassword(databaseUrl, { host: "nowhere.invalid:5432" }),
      KAFKA_BROKERS: "nowhere.invalid:9092",
    },
  ],
  [
    "servers that are away, or speak no TLS",
    {
      DATABASE_URL: `${withPassword(databaseUrl)}?sslmode=verify-full`,
      KAFKA_BROKERS: "127.0.0.1:1",
      KAFKA_SSL: "true",
    },
  ],
  [
    "a broker that knows no SASL",
    {
      DATABASE_URL: databaseUrl,
      KAFKA_BROKERS: broker,
      KAFKA_SASL_MECHANISM: "plain",
      KAFKA_SASL_USERNAME: "somebody",
      KAFKA_SASL_PASSWORD: SECRETS.sasl,
    },
  ],
];

const COMMON = { LOG_LEVEL: "trace", PULSEBOARD_DATA: "/nonexistent" };

test("I10: the API logs no secret at any level, whatever is wrong around it, nor answers with one", async () => {
  const refused: string[] = [];
  for (const [name, env] of badSurroundings()) {
    const service = await spawnService(
      "services/api/src/main.ts",
      { ...COMMON, ...env, PORT: "0", READ_ACCESS: "key", API_KEYS: `${SECRETS.key}:read+write+admin` },
      { readyWhen: "message" },
    ).catch((error: Error) => error);
    if (service instanceof Error) {
      expectNoSecret(service.message);
      refused.push(name);
      continue;
    }
    const url = String(service.ready.url);
    const headers = { authorization: `Bearer ${SECRETS.key}`, "content-type": "application/json" };
    const answers = await Promise.all(
      [
        "/",
        "/readyz",
        "/metrics",
        "/live/stats",
        "/analytics/trending",
        "/rejected",
        `/x?key=${SECRETS.key}`,
      ].map(async (path) => (await fetch(url + path, { headers })).text()),
    );
    await fetch(`${url}/events`, { method: "POST", headers, body: `{"type":"view","post_id":1}` });
    await until(() => service.logs.length > 3);
    await service.stop();
    // What the client itself put into its path is its own.
    expectNoSecret([...answers.slice(0, -1), ...service.logs].join("\n"));
  }
  expect(refused).toEqual(["a wrong password", "servers that are away, or speak no TLS"]);
});

test("I10: ingest logs no secret at any level, whatever is wrong around it", async () => {
  for (const [, env] of badSurroundings()) {
    const service = await spawnService(
      "services/ingest/src/main.ts",
      { ...COMMON, ...env, METRICS_PORT: "0" },
      { readyWhen: "spawned" },
    );
    // Some of these end it, others it waits for.
    const hasTold = () =>
      service.logs.length > 5 || service.logs.some((line) => line.includes("waiting for the database"));
    await Promise.race([service.exited, until(hasTold)]);
    await service.kill9();
    expect(service.logs.length).toBeGreaterThan(0);
    expectNoSecret(service.logs.join("\n"));
  }
});

test("I10: commands print no secret when they cannot reach the database", async () => {
  const [[, wrongPassword], [, unknownHost]] = badSurroundings() as [
    [string, Record<string, string>],
    [string, Record<string, string>],
  ];
  for (const env of [wrongPassword, unknownHost])
    for (const [entry, args] of [
      ["schema/src/main.ts", []],
      ["services/api/src/keys/main.ts", ["list"]],
      ["services/ingest/src/audit/main.ts", []],
      ["services/ingest/src/rejected/main.ts", ["list"]],
    ] as const) {
      const outcome = await runToEnd(entry, [...args], env);
      expect(outcome.status).not.toBe(0);
      expectNoSecret(outcome.stdout + outcome.stderr);
    }
});

test("I10: a malformed variable that holds a secret is told by its name only", async () => {
  for (const env of [
    { API_KEYS: `${SECRETS.key}:everything` },
    { DATABASE_URL: `mysql://somebody:${SECRETS.password}@db.example/x` },
    { KAFKA_BROKERS: `somebody:${SECRETS.sasl}@broker.example:9092` },
    { JWT_JWKS_URL: `https://somebody:${SECRETS.password}@issuer.example/keys` },
  ]) {
    const outcome = await runToEnd("services/api/src/main.ts", [], {
      DATABASE_URL: databaseUrl,
      KAFKA_BROKERS: broker,
      ...env,
    });
    expect(outcome).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`${Object.keys(env)[0]}: expected`),
    });
    expectNoSecret(outcome.stdout + outcome.stderr);
  }
});

test("a statement that fails tells its log nothing of the login it failed under", async () => {
  const login = await createLogin(databaseUrl, "pulseboard_api");
  const outcome = await runToEnd("services/ingest/src/main.ts", [], {
    DATABASE_URL: login,
    KAFKA_BROKERS: broker,
    METRICS_PORT: "0",
  });
  expect(outcome.status).not.toBe(0);
  expect(outcome.stdout + outcome.stderr).toContain("permission denied");
  expect(outcome.stdout + outcome.stderr).not.toContain(new URL(login).password);
});
