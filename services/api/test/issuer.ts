import { createServer } from "node:http";
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { onTeardown } from "../../../test/support/teardown.ts";

export interface TestIssuer {
  url: string;
  /** How often its keys were asked for. */
  reads(): number;
  /** What it answers from now on, instead of its keys; undefined: its keys again. */
  answer(status: number | undefined, body?: string): void;
  /** A token of this issuer, an hour long unless the claims say otherwise; `exp: undefined` leaves it out. */
  token(
    claims?: Record<string, unknown>,
    options?: { kid?: string; alg?: string; key?: CryptoKey },
  ): Promise<string>;
  publicPem: string;
  stop(): Promise<void>;
}

export const ISSUER = "https://issuer.example";
export const AUDIENCE = "pulseboard";

/** Issues tokens and serves its keys over HTTP on this machine. */
export async function startIssuer(): Promise<TestIssuer> {
  const pairs = {
    rsa: await generateKeyPair("RS256", { extractable: true }),
    ec: await generateKeyPair("ES256", { extractable: true }),
  };
  const keys = await Promise.all(
    Object.entries(pairs).map(async ([kid, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid })),
  );
  let reads = 0;
  let instead: { status: number; body: string } | undefined;
  const server = createServer((_request, response) => {
    reads++;
    response.writeHead(instead?.status ?? 200, { "content-type": "application/json" });
    response.end(instead?.body ?? JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return stopped;
  };
  onTeardown(stop);
  return {
    url: `http://127.0.0.1:${port}/keys`,
    reads: () => reads,
    answer: (status, body = "") => {
      instead = status === undefined ? undefined : { status, body };
    },
    token(claims = {}, { kid = "rsa", alg = "RS256", key = pairs.rsa.privateKey } = {}) {
      const now = Math.floor(Date.now() / 1000);
      const payload = {
        ...{ iss: ISSUER, aud: AUDIENCE, sub: "somebody", scope: "read", iat: now, exp: now + 3600 },
        ...claims,
      };
      const given = Object.entries(payload).filter(([, value]) => value !== undefined);
      const chosen =
        kid === "ec" && alg === "RS256" ? { alg: "ES256", key: pairs.ec.privateKey } : { alg, key };
      return new SignJWT(Object.fromEntries(given))
        .setProtectedHeader({ alg: chosen.alg, kid })
        .sign(chosen.key);
    },
    publicPem: await exportSPKI(pairs.rsa.publicKey),
    stop,
  };
}
