import type { Scope } from "@pulseboard/runtime";
import type { Request, RequestHandler, Response } from "express";
import type { z } from "zod";
import { parseParameters } from "./problem.ts";

/** `open` to everybody; `read` only asks for a key with READ_ACCESS=key; any other scope always does. */
export type Access = "open" | Scope;

/** By media type; null where there is no schema that says more. */
export type Content = Record<string, z.ZodType | null>;

export interface DocumentedBody {
  content: Content;
  description?: string;
  /** By media type, then by what each shows. */
  examples?: Record<string, Record<string, unknown>>;
}

export interface DocumentedAnswer {
  description: string;
  /** Absent: a problem. */
  content?: Content;
  /** Names of those in openapi/headers.ts. */
  headers?: readonly string[];
}

/** One method at one path: what serves it is also what documents it. */
export interface Endpoint {
  method: "get" | "post" | "put";
  /** As OpenAPI writes it: /engagement/{post_id}. */
  path: string;
  tag: "Analytics" | "Live" | "Events" | "Catalogue" | "Operations";
  /** OpenAPI's operationId. */
  id: string;
  summary: string;
  description?: string;
  access: Access;
  /** Not counted against RATE_LIMIT, and not for pages of other origins: health and metrics. */
  unlimited?: boolean;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: DocumentedBody;
  /** By status, beside the errors that openapi/operation.ts knows of. */
  answers: Record<number, DocumentedAnswer>;
  handlers: RequestHandler[];
}

export interface Input<P extends z.ZodObject, Q extends z.ZodObject> {
  params: z.infer<P>;
  query: z.infer<Q>;
}

type Definition<P extends z.ZodObject, Q extends z.ZodObject> = Omit<
  Endpoint,
  "handlers" | "params" | "query"
> & {
  params?: P;
  query?: Q;
  /** Before the parameters are looked at: the body's parser, say. */
  before?: RequestHandler[];
  handle(input: Input<P, Q>, request: Request, response: Response): Promise<void> | void;
};

/** An endpoint whose handler gets its parameters parsed. @throws HttpProblem 400 naming the first that is wrong */
export function defineEndpoint<P extends z.ZodObject, Q extends z.ZodObject>({
  before = [],
  handle,
  ...endpoint
}: Definition<P, Q>): Endpoint {
  const { params, query } = endpoint;
  const run: RequestHandler = (request, response) =>
    handle(
      {
        params: (params && parseParameters(params, request.params)) as z.infer<P>,
        query: (query && parseParameters(query, request.query)) as z.infer<Q>,
      },
      request,
      response,
    );
  return { ...endpoint, handlers: [...before, run] };
}

/** As Express writes it: /engagement/:post_id. */
export const expressPath = (path: string): string => path.replace(/\{(\w+)\}/g, ":$1");
