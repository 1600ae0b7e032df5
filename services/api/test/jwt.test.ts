import { createHmac } from "node:crypto";
import { generateKeyPair } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase } from "../../../test/support/database.ts";
import { readConfig } from "../src/config.ts";
import { NO_KAFKA, READ_KEY, startTestApi, type TestApi } from "./apiFixture.ts";
import { AUDIENCE, ISSUER, startIssuer, type TestIssuer } from "./issuer.ts";
import { openClient } from "./liveClient.ts";

let databaseUrl: string;
let issuer: TestIssuer;
let api: TestApi;

const env = (url: string) => ({
  ...{ READ_ACCESS: "key", JWT_JWKS_URL: url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE },
});

beforeAll(async () => {
  databaseUrl = (await createTestDatabase()).url;
  issuer = await startIssuer();
  api = await startTestApi(databaseUrl, env(issuer.url));
});

const status = async (token: string, of = api) =>
  (await of.get("/live/stats", { authorization: `Bearer ${token}` })).status;

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

describe("a token that is accepted", () => {
  test("is signed by a key of the issuer's, RSA or elliptic, beside the keys that there are", async () => {
    expect(await status(await issuer.token())).toBe(200);
    expect(await status(await issuer.token({}, { kid: "ec" }))).toBe(200);
    expect(await status(READ_KEY)).toBe(200);
  });

  test("gives the scopes of scope or scp that are ours, and no other", async () => {
    expect(await status(await issuer.token({ scope: "openid read write" }))).toBe(200);
    expect(await status(await issuer.token({ scope: undefined, scp: ["read", "x", 7] }))).toBe(200);
    expect(await status(await issuer.token({ scope: undefined, scp: "write read" }))).toBe(200);
    for (const scope of ["write", "", "READ", "read:raw", undefined])
      expect({ scope, status: await status(await issuer.token({ scope })) }).toEqual({ scope, status: 403 });
    const answer = await api.post([], { authorization: `Bearer ${await issuer.token({ scope: "write" })}` });
    expect(answer.status).toBe(400); // past the key, and there is no event
  });

  test("may be a few seconds late, as clocks differ", async () => {
    expect(await status(await issuer.token({ exp: inSeconds(-2) }))).toBe(200);
    expect(await status(await issuer.token({ nbf: inSeconds(2) }))).toBe(200);
  });
});

describe("a token is refused with 401", () => {
  const forged: [string, () => Promise<string>][] = [
    ["that has expired", () => issuer.token({ exp: inSeconds(-60) })],
    ["that never expires", () => issuer.token({ exp: undefined })],
    ["that is not valid yet", () => issuer.token({ nbf: inSeconds(60) })],
    ["for another audience", () => issuer.token({ aud: "another" })],
    ["for no audience", () => issuer.token({ aud: undefined })],
    ["of another issuer", () => issuer.token({ iss: "https://evil.example" })],
    [
      "signed by another key",
      async () => issuer.token({}, { key: (await generateKeyPair("RS256")).privateKey }),
    ],
    ["that names a key there is not", () => issuer.token({}, { kid: "unknown" })],
    [
      "without signature, alg none",
      async () => {
        const [, payload] = (await issuer.token()).split(".");
        return `${part({ alg: "none" })}.${payload}.`;
      },
    ],
    [
      "HS256 with the public key as the secret",
      async () => {
        const [, payload] = (await issuer.token()).split(".");
        const text = `${part({ alg: "HS256", kid: "rsa" })}.${payload}`;
        return `${text}.${createHmac("sha256", issuer.publicPem).update(text).digest("base64url")}`;
      },
    ],
    [
      "whose claims were changed",
      async () => {
        const [header, , signature] = (await issuer.token()).split(".");
        return `${header}.${part({ iss: ISSUER, aud: AUDIENCE, exp: inSeconds(60), scope: "admin" })}.${signature}`;
      },
    ],
    [
      "whose algorithm is not the key's",
      async () => {
        const [, payload, signature] = (await issuer.token()).split(".");
        return `${part({ alg: "ES256", kid: "rsa" })}.${payload}.${signature}`;
      },
    ],
    [
      "that demands what we do not know",
      async () => {
        const [, payload, signature] = (await issuer.token()).split(".");
        return `${part({ alg: "RS256", kid: "rsa", crit: ["x"], x: 1 })}.${payload}.${signature}`;
      },
    ],
    ["that is none", async () => "aaaa.bbbb.cccc"],
  ];
  test.each(forged)("%s", async (_, make) => {
    const answer = await api.get("/live/stats", { authorization: `Bearer ${await make()}` });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toContain('error="invalid_token"');
  });

  test("of any kind, where no issuer is configured", async () => {
    const closed = await startTestApi(databaseUrl, { READ_ACCESS: "key" });
    expect(await status(await issuer.token(), closed)).toBe(401);
  });
});

test.each(["JWT_ISSUER", "JWT_AUDIENCE"])("without %s the process does not start", (name) => {
  const config = () =>
    readConfig({
      ...{ DATABASE_URL: "postgresql://x/x", KAFKA_BROKERS: NO_KAFKA },
      ...{ ...env("https://issuer.example/keys"), [name]: undefined },
    });
  expect(config).toThrow(`${name}: required with JWT_JWKS_URL`);
});

test("the issuer's keys are read once for many tokens, also for tokens that name unknown keys", async () => {
  const own = await startIssuer();
  const asking = await startTestApi(databaseUrl, env(own.url));
  const tokens = await Promise.all(
    Array.from({ length: 50 }, (_, index) => own.token({}, { kid: index % 2 ? "rsa" : `unknown-${index}` })),
  );
  await Promise.all(tokens.map((token) => status(token, asking)));
  expect(own.reads()).toBe(1);
});

describe("while the issuer's keys cannot be had", () => {
  const answers: [string, number, string][] = [
    ["an error", 500, ""],
    ["a redirect", 302, ""],
    ["no JSON", 200, "<html>"],
    ["no key set", 200, "{}"],
    ["without end", 200, " ".repeat(300_000)],
  ];
  test.each(answers)("%s: nobody can tell, which is 503 and not 401", async (_, code, body) => {
    const own = await startIssuer();
    own.answer(code, body);
    const asking = await startTestApi(databaseUrl, env(own.url));
    const answer = await asking.get("/live/stats", { authorization: `Bearer ${await own.token()}` });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(await status(READ_KEY, asking)).toBe(200);
  });

  test("it is not asked again for each token, and tokens are accepted once it is back", async () => {
    const own = await startIssuer();
    own.answer(500);
    const asking = await startTestApi(databaseUrl, env(own.url));
    const token = await own.token();
    for (let index = 0; index < 30; index++) expect(await status(token, asking)).toBe(503);
    expect(own.reads()).toBeLessThan(10);
    own.answer(undefined);
    await expect.poll(() => status(token, asking)).toBe(200);
  });

  test("nobody listens there", async () => {
    const asking = await startTestApi(databaseUrl, env("http://127.0.0.1:1/keys"));
    expect(await status(await issuer.token(), asking)).toBe(503);
  });
});

test("a live connection ends when its token does", async () => {
  const token = await issuer.token({ exp: inSeconds(-2) });
  const client = await openClient(api.url, { auth: { key: token } });
  await new Promise((resolve) => client.socket.once("disconnect", resolve));
  await expect(
    openClient(api.url, { auth: { key: await issuer.token({ scope: "write" }) } }),
  ).rejects.toThrow("this key lacks scope read");
});

test.each([
  "http://issuer.example/keys",
  "ftp://issuer.example/keys",
  "https://user:secret@issuer.example/keys",
  "issuer.example",
  "http://127.0.0.1.evil.example/keys",
  "http://localhost.evil.example/keys",
])("JWT_JWKS_URL=%s stops the process with its name", (url) => {
  const config = () =>
    readConfig({ DATABASE_URL: "postgresql://x/x", KAFKA_BROKERS: NO_KAFKA, JWT_JWKS_URL: url });
  expect(config).toThrow("JWT_JWKS_URL: expected an https URL");
  expect(config).not.toThrow("secret");
});
