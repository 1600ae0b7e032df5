import type { Scope } from "@pulseboard/runtime";
import type { RequestHandler } from "express";
import type { Identity } from "../keys/identity.ts";
import { bearer, type KeyRing } from "../keys/keyRing.ts";
import { HttpProblem } from "./problem.ts";

export type { KeyRing } from "../keys/keyRing.ts";

const challenge = (text: string) => ({ headers: { "WWW-Authenticate": `Bearer realm="pulseboard"${text}` } });

function demand(credential: string | undefined, identity: Identity | undefined, scope: Scope): Identity {
  if (!credential)
    throw new HttpProblem(401, `needs a key with scope ${scope}: Authorization: Bearer KEY`, challenge(""));
  if (!identity) throw new HttpProblem(401, "this key is not known", challenge(', error="invalid_token"'));
  if (!identity.scopes.has(scope))
    throw new HttpProblem(
      403,
      `this key lacks scope ${scope}`,
      challenge(`, error="insufficient_scope", scope="${scope}"`),
    );
  return identity;
}

/**
 * Who the key or token speaks for.
 * @throws HttpProblem 401 without a known one, 403 without the scope, 503 while nobody can tell
 */
export async function demandScope(
  keys: KeyRing,
  credential: string | undefined,
  scope: Scope,
): Promise<Identity> {
  return demand(credential, credential ? await keys.identify(credential) : undefined, scope);
}

export const requireScope =
  (keys: KeyRing, scope: Scope): RequestHandler =>
  async (request, _response, next) => {
    demand(bearer(request), await keys.identifyRequest(request), scope);
    next();
  };
