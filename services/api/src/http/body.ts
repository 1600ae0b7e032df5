import type { Request, RequestHandler } from "express";
import { HttpProblem } from "./problem.ts";

export const JSON_TYPES = ["application/json", "application/*+json"];
export const NDJSON_TYPES = [
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonl",
  "application/x-jsonlines",
];

export const isType = (request: Request, types: readonly string[]): boolean =>
  Boolean(request.is([...types]));

/**
 * Answers 415 to a body of another type.
 * @param named what the client is told to send
 */
export const requireType =
  (types: readonly string[], named: readonly string[]): RequestHandler =>
  (request, _response, next) => {
    // A body of no bytes has no type that express would look at; it is not JSON, and is told so when it is read.
    if (isType(request, types) || request.is("*/*") === null) return next();
    throw new HttpProblem(415, `expected Content-Type ${named.join(" or ")}`, {
      headers: { Accept: named.join(", ") },
    });
  };

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The text of a body as express.raw() leaves it. @throws HttpProblem 400 when it is not UTF-8. */
export function textOf(body: unknown): string {
  try {
    return Buffer.isBuffer(body) ? utf8.decode(body) : "";
  } catch {
    throw new HttpProblem(400, "the body is not UTF-8");
  }
}

export const NOT_JSON = Symbol("not JSON");

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}
