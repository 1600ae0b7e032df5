import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { ApiKey } from "@pulseboard/runtime";
import type { Identity } from "./identity.ts";
import { hashKey } from "./secret.ts";
import type { StoredKeys } from "./storedKeys.ts";
import type { TokenVerifier } from "./tokens.ts";

/** Longer than any key, and than any token that fits a header. */
const MAX_CREDENTIAL_LENGTH = 8_192;
/** Header, payload and signature, as a JSON Web Token has them; a key has no dot. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** Who is who: by the keys of API_KEYS, those of the database, and tokens. */
export interface KeyRing {
  /** Undefined when nobody is known by it. @throws HttpProblem 503 while that cannot be told */
  identify(credential: string): Promise<Identity | undefined>;
  /** The same of the request's Authorization header, once a request; undefined without one, too. */
  identifyRequest(request: IncomingMessage): Promise<Identity | undefined>;
  stop(): Promise<void>;
}

/** The credential of `Authorization: Bearer CREDENTIAL`. */
export const bearer = (request: IncomingMessage): string | undefined =>
  /^Bearer +([^\s]+)\s*$/i.exec(request.headers.authorization ?? "")?.[1];

export function createKeyRing(
  configured: readonly ApiKey[],
  stored: StoredKeys,
  tokens: TokenVerifier | undefined,
): KeyRing {
  const known = configured.map(({ key, scopes }, index) => ({
    hash: hashKey(key),
    identity: { id: `configured:${index}`, scopes, holds: () => true },
  }));
  const requests = new WeakMap<IncomingMessage, Promise<Identity | undefined>>();

  /** Takes the same time for every wrong key. */
  function ofConfigured(hash: Buffer): Identity | undefined {
    let found: Identity | undefined;
    for (const entry of known) if (timingSafeEqual(entry.hash, hash)) found = entry.identity;
    return found;
  }

  async function identify(credential: string): Promise<Identity | undefined> {
    if (credential.length > MAX_CREDENTIAL_LENGTH) return undefined;
    if (TOKEN.test(credential)) return tokens?.verify(credential);
    const hash = hashKey(credential);
    return ofConfigured(hash) ?? stored.find(hash);
  }

  return {
    identify,
    identifyRequest(request) {
      let identity = requests.get(request);
      if (!identity) {
        const credential = bearer(request);
        identity = credential === undefined ? Promise.resolve(undefined) : identify(credential);
        identity.catch(() => {}); // whoever asks for it hears of it
        requests.set(request, identity);
      }
      return identity;
    },
    stop: () => stored.stop(),
  };
}
