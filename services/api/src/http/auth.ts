import { createHash, timingSafeEqual } from "node:crypto";
import type { ApiKey, Scope } from "@pulseboard/runtime";
import type { RequestHandler } from "express";
import { HttpProblem } from "./problem.ts";

const digest = (key: string) => createHash("sha256").update(key).digest();

/** Who may do what. */
export interface KeyRing {
  /** The scopes of a key, or undefined when there is no such key. Takes the same time for every wrong key. */
  scopesOf(key: string): ReadonlySet<Scope> | undefined;
}

export function createKeyRing(keys: readonly ApiKey[]): KeyRing {
  const known = keys.map(({ key, scopes }) => ({ digest: digest(key), scopes }));
  return {
    scopesOf(key) {
      const presented = digest(key);
      let scopes: ReadonlySet<Scope> | undefined;
      for (const entry of known) if (timingSafeEqual(entry.digest, presented)) scopes = entry.scopes;
      return scopes;
    },
  };
}

const challenge = (text: string) => ({ headers: { "WWW-Authenticate": `Bearer realm="pulseboard"${text}` } });

/** @throws HttpProblem 401 without a known key, 403 without the scope. */
export function demandScope(keys: KeyRing, key: string | undefined, scope: Scope): void {
  if (!key)
    throw new HttpProblem(401, `needs a key with scope ${scope}: Authorization: Bearer KEY`, challenge(""));
  const scopes = keys.scopesOf(key);
  if (!scopes) throw new HttpProblem(401, "this key is not known", challenge(', error="invalid_token"'));
  if (!scopes.has(scope))
    throw new HttpProblem(
      403,
      `this key lacks scope ${scope}`,
      challenge(`, error="insufficient_scope", scope="${scope}"`),
    );
}

const bearer = (header: string | undefined) => /^Bearer +([^\s]+)\s*$/i.exec(header ?? "")?.[1];

export const requireScope =
  (keys: KeyRing, scope: Scope): RequestHandler =>
  (request, _response, next) => {
    demandScope(keys, bearer(request.headers.authorization), scope);
    next();
  };
