import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "csv-parse/sync";
import { expect } from "vitest";

// biome-ignore lint/suspicious/noExplicitAny: a JSON document
export type OpenApi = any;

export interface Exchange {
  method: string;
  /** With its query. */
  path: string;
  response: Response;
}

/** Whether an IANA zone. */
const isZone = (name: string): boolean => {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
};

const isJson = (line: string): boolean => {
  try {
    return JSON.parse(line) !== undefined;
  } catch {
    return false;
  }
};

/** Compiles the schemas of an OpenAPI document; a schema that is none is an error. */
export function createSchemas(document: OpenApi) {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addFormat("iana-time-zone", isZone);
  ajv.addFormat("ndjson", (text) => text.trim().split("\n").every(isJson));
  ajv.addVocabulary(Object.keys(document));
  ajv.addSchema(document, "openapi", undefined, false);
  const pointer = (parts: readonly string[]) =>
    parts.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
  return {
    /** @param parts of the JSON pointer to the schema @returns what is wrong with the value, if anything is */
    errors(parts: readonly string[], value: unknown): unknown[] {
      const validate = ajv.getSchema(`openapi#/${pointer(parts)}`);
      if (!validate) throw new Error(`no schema at ${parts.join("/")}`);
      return validate(value) ? [] : validate.errors!;
    },
  };
}

const compiled = new Map<string, ReturnType<typeof createSchemas>>();

/** Schemas compiled once a document: every API that a worker's tests start serves nearly the same one. */
function schemasOf(document: OpenApi): ReturnType<typeof createSchemas> {
  const text = JSON.stringify(document);
  let schemas = compiled.get(text);
  if (!schemas) {
    schemas = createSchemas(document);
    compiled.set(text, schemas);
  }
  return schemas;
}

/** Pages, which are no part of the document. */
const PAGES = /^\/(dashboard|docs|socket\.io|openapi\.json)(\/|$)/;

/** @returns a check that fails on an answer which the document does not know: its status, headers, type or body. */
export function createAnswerCheck(document: OpenApi) {
  const schemas = schemasOf(document);
  const templates = Object.keys(document.paths).map((template) => ({
    template,
    matches: new RegExp(`^${template.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}/?$`, "i"),
  }));

  return async ({ method, path, response }: Exchange): Promise<void> => {
    const plain = path.split("?")[0]!;
    if (PAGES.test(plain)) return;
    const template = templates.find(({ matches }) => matches.test(plain))?.template;
    const status = String(response.status);
    const type = response.headers.get("content-type")?.split(";")[0];
    // What is streamed is for the test to read, at its own pace. What is compressed is whole, though it comes in chunks.
    const isStreamed =
      response.headers.get("transfer-encoding") === "chunked" && !response.headers.has("content-encoding");
    const body = isStreamed ? "" : await response.clone().text();
    const what = `${method} ${path}: ${status}`;
    const name = method === "HEAD" ? "get" : method.toLowerCase();
    const operation = template && document.paths[template][name];
    if (!operation) {
      // Not in the document: there is nothing, or not by this method; or the address was not even looked at.
      expect([template ? "405" : "404", "400", "414", "431"], what).toContain(status);
      expect(type, what).toBe("application/problem+json");
      expect(schemas.errors(["components", "schemas", "Problem"], JSON.parse(body)), what).toEqual([]);
      return;
    }
    const documented = operation.responses[status];
    expect(Object.keys(operation.responses), what).toContain(status);
    for (const [header, { required }] of Object.entries<{ required?: boolean }>(documented.headers ?? {}))
      if (required) expect(response.headers.get(header), `${what}, ${header}`).not.toBeNull();
    if (["204", "304"].includes(status) || method === "HEAD") {
      expect(body, what).toBe("");
      return;
    }
    expect(Object.keys(documented.content), what).toContain(type);
    if (isStreamed) return;
    const at = ["paths", template, name, "responses", status, "content", type!, "schema"];
    if (/[/+]json$/.test(type!)) expect(schemas.errors(at, JSON.parse(body)), what).toEqual([]);
    if (type === "text/csv") expect(() => parse(body, { columns: true }), what).not.toThrow();
  };
}
