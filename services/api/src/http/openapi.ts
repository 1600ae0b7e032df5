import { problem } from "@pulseboard/contract";
import { z } from "zod";
import { version } from "../version.ts";
import type { Content, DocumentedAnswer, Endpoint } from "./endpoint.ts";

type Json = Record<string, unknown>;

const HEADERS: Record<string, Json> = {
  ETag: {
    description: "Names the stats version, the start of the answer's window and the representation",
    schema: { type: "string" },
  },
  "X-Stats-As-Of": {
    description: "Events up to this time are counted, in every partition",
    schema: { type: "string", format: "date-time" },
  },
  "Retry-After": { description: "Seconds", schema: { type: "integer", minimum: 1 } },
  "WWW-Authenticate": { description: "What is needed (RFC 6750)", schema: { type: "string" } },
  Allow: { description: "The methods there are", schema: { type: "string" } },
};

/** Which errors an endpoint may answer, whatever it does. */
function commonErrors(endpoint: Endpoint, everyReadNeedsKey: boolean): Record<number, DocumentedAnswer> {
  const needsKey = endpoint.access !== "open" && (endpoint.access !== "read" || everyReadNeedsKey);
  return {
    ...((endpoint.params || endpoint.query || endpoint.body) && {
      400: { description: "The request is wrong; names the parameter at fault" },
    }),
    ...(needsKey && {
      401: { description: "A key is needed", headers: ["WWW-Authenticate"] },
      403: { description: "The key lacks the scope", headers: ["WWW-Authenticate"] },
    }),
    405: { description: "Not with this method", headers: ["Allow"] },
    ...(!endpoint.unlimited && {
      429: { description: "Too many requests in this minute", headers: ["Retry-After"] },
    }),
    500: { description: "Something went wrong here, and has been logged" },
    503: { description: "The database or Kafka is away: try again", headers: ["Retry-After"] },
  };
}

/** A JSON schema whose named parts stand in #/components/schemas. */
function schemaOf(schema: z.ZodType, io: "input" | "output", components: Json): Json {
  const {
    $schema: _,
    $defs,
    ...json
  } = z.toJSONSchema(schema, {
    io,
    target: "draft-2020-12",
    unrepresentable: "any",
    reused: "inline",
  }) as Json & { $defs?: Json };
  for (const [name, part] of Object.entries($defs ?? {})) components[name] = atComponents(part);
  const own = atComponents(json) as Json;
  const name = schema.meta()?.id;
  if (!name) return own;
  const { id: _id, ...named } = own;
  components[name] = named;
  return { $ref: `#/components/schemas/${name}` };
}

/** zod writes references to #/$defs, and the name of a schema into it. */
function atComponents(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(atComponents);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === "$ref" ? String(member).replace("#/$defs/", "#/components/schemas/") : atComponents(member),
    ]),
  );
}

function contentOf(content: Content, io: "input" | "output", components: Json): Json {
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [
      type,
      { schema: schema ? schemaOf(schema, io, components) : { type: "string" } },
    ]),
  );
}

function parametersOf(endpoint: Endpoint, components: Json): Json[] {
  const from = (where: "path" | "query", shape: z.ZodRawShape) =>
    Object.entries(shape).map(([name, schema]) => {
      const { description, ...json } = schemaOf(schema as z.ZodType, "output", components);
      return {
        name,
        in: where,
        required: where === "path" || !(schema as z.ZodType).safeParse(undefined).success,
        ...(description !== undefined && { description }),
        schema: json,
      };
    });
  return [...from("path", endpoint.params?.shape ?? {}), ...from("query", endpoint.query?.shape ?? {})];
}

function operation(endpoint: Endpoint, everyReadNeedsKey: boolean, components: Json): Json {
  const answers = { ...commonErrors(endpoint, everyReadNeedsKey), ...endpoint.answers };
  const parameters = parametersOf(endpoint, components);
  return {
    operationId: endpoint.id,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    ...(endpoint.description && { description: endpoint.description }),
    ...(parameters.length && { parameters }),
    ...(endpoint.body && {
      requestBody: {
        required: true,
        ...(endpoint.body.description && { description: endpoint.body.description }),
        content: contentOf(endpoint.body.content, "input", components),
      },
    }),
    security:
      endpoint.access === "open"
        ? []
        : [...(endpoint.access === "read" && !everyReadNeedsKey ? [{}] : []), { key: [endpoint.access] }],
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, { description, content, headers }]) => [
        status,
        {
          description,
          ...(headers && { headers: Object.fromEntries(headers.map((name) => [name, HEADERS[name]])) }),
          ...(status !== "304" && {
            content: contentOf(content ?? { "application/problem+json": problem }, "output", components),
          }),
        },
      ]),
    ),
  };
}

/** The OpenAPI 3.1 document of the endpoints, made of what validates them. */
export function createOpenApi(endpoints: readonly Endpoint[], everyReadNeedsKey: boolean): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] = {
      ...paths[endpoint.path],
      [endpoint.method]: operation(endpoint, everyReadNeedsKey, schemas),
    };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Pulseboard",
      version,
      description: "Live analytics of content engagement, with exact numbers.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: ["Analytics", "Live", "Events", "Catalogue", "Operations"].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "An API key, Authorization: Bearer KEY" },
      },
    },
  };
}
