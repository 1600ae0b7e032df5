import { problem } from "@pulseboard/contract";
import type { z } from "zod";
import type { DocumentedAnswer, Endpoint } from "../endpoint.ts";
import { HEADERS } from "./headers.ts";
import type { Json, Schemas } from "./schemas.ts";

const WITHOUT_BODY: ReadonlySet<string> = new Set(["204", "304"]);

const needsKey = ({ access }: Endpoint, everyReadNeedsKey: boolean): boolean =>
  access !== "open" && (access !== "read" || everyReadNeedsKey);

/** The errors that an endpoint has from what stands before it, whatever it does itself. */
function commonErrors(endpoint: Endpoint, everyReadNeedsKey: boolean): Record<number, DocumentedAnswer> {
  return {
    ...((endpoint.params || endpoint.query || endpoint.body) && {
      400: { description: "The request is wrong: `detail` says what was expected, `parameter` of which" },
    }),
    ...(needsKey(endpoint, everyReadNeedsKey) && {
      401: { description: "A key is needed, or this one is not known", headers: ["WWW-Authenticate"] },
      403: { description: `The key lacks the scope \`${endpoint.access}\``, headers: ["WWW-Authenticate"] },
    }),
    ...(endpoint.body && { 408: { description: "The body did not come in time" } }),
    414: { description: "Path and query are too long" },
    431: { description: "The headers are too large, or too many" },
    ...(!endpoint.unlimited && {
      429: { description: "More requests than one client may make in a minute", headers: ["Retry-After"] },
    }),
    500: { description: "Something went wrong here, and has been logged" },
    ...(endpoint.access !== "open" && {
      503: { description: "What this needs is away: try again", headers: ["Retry-After"] },
    }),
  };
}

function answers(endpoint: Endpoint, everyReadNeedsKey: boolean, schemas: Schemas): Json {
  const all = { ...commonErrors(endpoint, everyReadNeedsKey), ...endpoint.answers };
  return Object.fromEntries(
    Object.entries(all).map(([status, { description, content, headers }]) => [
      status,
      {
        description,
        ...(headers && { headers: Object.fromEntries(headers.map((name) => [name, HEADERS[name]])) }),
        ...(!WITHOUT_BODY.has(status) && {
          content: schemas.ofContent(content ?? { "application/problem+json": problem }, "output"),
        }),
      },
    ]),
  );
}

function parameters(endpoint: Endpoint, schemas: Schemas): Json[] {
  const from = (where: "path" | "query", shape: z.ZodRawShape) =>
    Object.entries(shape).map(([name, schema]) => {
      const { description, examples, ...json } = schemas.of(schema as z.ZodType, "output");
      return {
        name,
        in: where,
        required: where === "path" || !(schema as z.ZodType).safeParse(undefined).success,
        ...(description !== undefined && { description }),
        ...(Array.isArray(examples) && { example: examples[0] }),
        schema: json,
      };
    });
  return [...from("path", endpoint.params?.shape ?? {}), ...from("query", endpoint.query?.shape ?? {})];
}

function requestBody({ body }: Endpoint, schemas: Schemas): Json | undefined {
  if (!body) return undefined;
  const content = schemas.ofContent(body.content, "input") as Record<string, Json>;
  for (const [type, examples] of Object.entries(body.examples ?? {}))
    content[type]!.examples = Object.fromEntries(
      Object.entries(examples).map(([summary, value], index) => [`example${index + 1}`, { summary, value }]),
    );
  return { required: true, ...(body.description && { description: body.description }), content };
}

/** One endpoint as OpenAPI has it. */
export function operation(endpoint: Endpoint, everyReadNeedsKey: boolean, schemas: Schemas): Json {
  const { access, id, tag, summary, description } = endpoint;
  const body = requestBody(endpoint, schemas);
  const isOptional = access === "read" && !everyReadNeedsKey;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description && { description }),
    parameters: parameters(endpoint, schemas),
    ...(body && { requestBody: body }),
    security: access === "open" ? [] : [...(isOptional ? [{}] : []), { key: [access] }],
    responses: answers(endpoint, everyReadNeedsKey, schemas),
  };
}
