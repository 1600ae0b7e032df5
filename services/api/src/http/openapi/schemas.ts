import { z } from "zod";
import type { Content } from "../endpoint.ts";

export type Json = Record<string, unknown>;

/** `input` is what a client sends, `output` what a handler gets and what an answer is. */
export type Direction = "input" | "output";

/** The JSON schemas of a document. Those with a name stand once in `components`, and are referred to. */
export class Schemas {
  readonly components: Json = {};

  of(schema: z.ZodType, io: Direction): Json {
    const {
      $schema: _,
      $defs,
      ...own
    } = z.toJSONSchema(schema, {
      io,
      target: "draft-2020-12",
      // Checks that JSON schema cannot say are told by description and format.
      unrepresentable: "any",
      override: ({ jsonSchema }) => readable(jsonSchema as Json),
    }) as Json & { $defs?: Json };
    for (const [name, part] of Object.entries($defs ?? {})) this.components[name] = forGenerators(part);
    return forGenerators(own) as Json;
  }

  ofContent(content: Content, io: Direction): Json {
    return Object.fromEntries(
      Object.entries(content).map(([type, schema]) => [
        type,
        { schema: schema ? this.of(schema, io) : { type: "string" } },
      ]),
    );
  }
}

/** Takes out what only repeats: the largest safe integer, the pattern of a format. */
function readable(schema: Json): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.format === "date" || schema.format === "uuid") delete schema.pattern;
  // JSON schema has base64 as an encoding, and no such format.
  if (schema.contentEncoding === "base64") {
    delete schema.format;
    delete schema.pattern;
  }
}

/**
 * What generators of clients read: references into components, since zod refers to #/$defs, and a union as `anyOf`, since
 * oapi-codegen knows no other `type: [a, b]` than that of a type and null.
 */
function forGenerators(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(forGenerators);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (key === "$ref" && typeof member === "string")
        return [key, member.replace("#/$defs/", "#/components/schemas/")];
      if (key === "type" && isUnion(member)) return ["anyOf", member.map((type) => ({ type }))];
      return [key, forGenerators(member)];
    }),
  );
}

const isUnion = (type: unknown): type is unknown[] =>
  Array.isArray(type) && type.filter((one) => one !== "null").length > 1;
