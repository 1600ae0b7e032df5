import type { Scope } from "@pulseboard/runtime";
import { errors, type JWTPayload, jwtVerify } from "jose";
import { unavailable } from "../http/problem.ts";
import type { Identity } from "./identity.ts";
import { createKeySet, KeySetAway } from "./keySet.ts";
import { isScope } from "./table.ts";

/** Asymmetric ones only: with a shared secret, whoever can verify a token can make one. */
const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
/** Between our clock and that of whoever issues tokens. */
const CLOCK_TOLERANCE_S = 5;

export interface TokenSettings {
  jwksUrl: URL;
  /** What `iss` has to be, and what `aud` has to name. */
  issuer: string;
  audience: string;
}

/** JSON Web Tokens signed by a key of the issuer's key set. */
export interface TokenVerifier {
  /** Undefined for a token that does not hold. @throws HttpProblem 503 while the key set cannot be had */
  verify(token: string): Promise<Identity | undefined>;
}

export function createTokenVerifier({ jwksUrl, issuer, audience }: TokenSettings): TokenVerifier {
  const keySet = createKeySet(jwksUrl);
  const options = {
    algorithms: ALGORITHMS,
    requiredClaims: ["exp"],
    clockTolerance: CLOCK_TOLERANCE_S,
    issuer,
    audience,
  };
  return {
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, keySet, options);
        return identityOf(payload);
      } catch (error) {
        if (error instanceof KeySetAway || error instanceof errors.JWKSInvalid)
          throw unavailable("tokens cannot be verified, their issuer's keys are away; try again", 5);
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}

function identityOf(payload: JWTPayload): Identity {
  const { iss = "", sub, client_id: clientId, exp = 0 } = payload;
  const expiresAt = (exp + CLOCK_TOLERANCE_S) * 1000;
  return {
    id: `token:${JSON.stringify([iss, sub ?? clientId ?? ""])}`,
    scopes: scopesOf(payload),
    holds: () => Date.now() < expiresAt,
  };
}

/** `scope`, separated by spaces (RFC 8693), or `scp`, the same or an array; those that are none of ours give nothing. */
function scopesOf({ scope, scp }: JWTPayload): ReadonlySet<Scope> {
  const told = scope ?? scp;
  const names = typeof told === "string" ? told.split(" ") : Array.isArray(told) ? told : [];
  return new Set(names.filter((name): name is Scope => typeof name === "string" && isScope(name)));
}
