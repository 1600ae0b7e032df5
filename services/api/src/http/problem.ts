import { STATUS_CODES } from "node:http";
import type { Problem } from "@pulseboard/contract";
import { type Logger, sqlState } from "@pulseboard/runtime";
import type { ErrorRequestHandler, RequestHandler, Response } from "express";
import type { z } from "zod";
import { isDatabaseAway } from "../database.ts";
import { UnknownZone } from "../readModels/databaseZone.ts";
import { OutdatedSnapshot } from "../readModels/snapshot.ts";
import { WrongParameter } from "../readModels/wrongParameter.ts";

interface Extras {
  /** The parameter at fault. */
  parameter?: string;
  headers?: Record<string, string>;
  /** Further members of the problem. */
  members?: Record<string, unknown>;
}

/** An answer that is an error the client may see, as RFC 9457 has it. */
export class HttpProblem extends Error {
  override name = "HttpProblem";
  readonly status: number;
  readonly extras: Extras;

  constructor(status: number, detail: string, extras: Extras = {}) {
    super(detail);
    this.status = status;
    this.extras = extras;
  }

  /** The same with further members. */
  with(members: Record<string, unknown>): HttpProblem {
    return new HttpProblem(this.status, this.message, {
      ...this.extras,
      members: { ...this.extras.members, ...members },
    });
  }

  toProblem(): Problem {
    const { parameter, members } = this.extras;
    return {
      type: "about:blank",
      title: STATUS_CODES[this.status] ?? "Error",
      status: this.status,
      detail: this.message,
      ...(parameter !== undefined && { parameter }),
      ...members,
    };
  }
}

export const unavailable = (detail: string, retryAfterSeconds = 1): HttpProblem =>
  new HttpProblem(503, detail, { headers: { "Retry-After": String(retryAfterSeconds) } });

/** What went wrong, in words for the client: nothing of ours that an unexpected error holds. */
export function asProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (isDatabaseAway(error)) return unavailable("the database is away, try again");
  if (error instanceof OutdatedSnapshot)
    return unavailable("the catalogue changes faster than it can be read at this moment, try again");
  if (error instanceof UnknownZone)
    return new HttpProblem(400, "tz: expected an IANA time zone such as Europe/Vienna", { parameter: "tz" });
  if (error instanceof WrongParameter)
    return new HttpProblem(400, error.message, { parameter: error.parameter });
  // What no text of the database can hold, a NUL say, where no schema has refused it.
  if (sqlState(error) === "22021")
    return new HttpProblem(400, "a parameter holds a character that no text here can have");
  return requestFault(error) ?? new HttpProblem(500, "something went wrong here, and has been logged");
}

const FAULTS: Record<string, string> = {
  "entity.too.large": "the body is too large",
  "encoding.unsupported": "the body's Content-Encoding is not supported",
  "request.aborted": "the body was cut short",
  "request.size.invalid": "the body is not as long as Content-Length says",
};

/** Faults of the request as Express and its parsers report them: an Error with a status below 500. */
function requestFault(error: unknown): HttpProblem | undefined {
  const { status, type } = (error ?? {}) as { status?: unknown; type?: string };
  if (typeof status !== "number" || status < 400 || status > 499) return undefined;
  return new HttpProblem(status, FAULTS[type ?? ""] ?? "the request is malformed");
}

export function sendProblem(response: Response, problem: HttpProblem): void {
  // What a handler has set for its answer does not hold for the error.
  for (const name of ["ETag", "Cache-Control", "X-Stats-As-Of"]) response.removeHeader(name);
  response
    .status(problem.status)
    .set({ "Cache-Control": "no-store", ...problem.extras.headers })
    .type("application/problem+json")
    .send(JSON.stringify(problem.toProblem()));
}

export const notFound: RequestHandler = (request) => {
  throw new HttpProblem(404, `there is nothing at ${request.path}`);
};

export const handleErrors =
  (logger: Logger): ErrorRequestHandler =>
  (error, request, response, next) => {
    const problem = asProblem(error);
    if (problem.status >= 500 && !(error instanceof HttpProblem))
      logger.error({ err: error, method: request.method, path: request.path }, "a request failed");
    if (response.headersSent) return next(error);
    sendProblem(response, problem);
  };

/** Of a name that the client has made up. */
const MAX_NAME_SHOWN = 100;

/** The parameters, or a body's members, as the schema has them. @throws HttpProblem 400 naming the first that is wrong. */
export function parseParameters<S extends z.ZodType>(schema: S, given: unknown): z.infer<S> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const name = issue?.path[0] ?? (issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined);
  const parameter = name === undefined ? "" : String(name).slice(0, MAX_NAME_SHOWN);
  const detail = [parameter, issue?.message].filter(Boolean).join(": ");
  throw new HttpProblem(400, detail, parameter ? { parameter } : {});
}
