import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { TestApi } from "./apiFixture.ts";
import { startFilledApi } from "./filledApi.ts";
import type { OpenApi } from "./openApiCheck.ts";

/**
 * Every parameter of every GET, as /openapi.json declares them, so that a new endpoint is held to this too. That each
 * answer is as documented is TestApi's doing.
 */
let api: TestApi;
let reads: Read[];
const KEY = "every-scope-of-the-tests-001";

interface Parameter {
  name: string;
  in: "path" | "query";
  required: boolean;
  example?: unknown;
  schema: OpenApi;
}
interface Read {
  path: string;
  parameters: Parameter[];
}

beforeAll(async () => {
  ({ api } = await startFilledApi({ API_KEYS: `${KEY}:read+read:raw+write+admin` }));
  reads = Object.entries<OpenApi>(api.openApi.paths).flatMap(([path, { get }]) =>
    get ? [{ path, parameters: get.parameters }] : [],
  );
});

const ZONES = Intl.supportedValuesOf("timeZone");

const isTime = (schema: OpenApi): boolean => schema.anyOf?.some((one: OpenApi) => one.format === "date-time");

/** Values that a schema allows, as a query has them. */
function valid({ name, schema }: Parameter): fc.Arbitrary<string> {
  // A version that is not there yet would be waited for.
  if (name === "after") return fc.constantFrom("0", "1");
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.type === "integer")
    return fc
      .oneof(
        fc.constantFrom(schema.minimum, schema.maximum),
        fc.integer({ min: schema.minimum, max: schema.maximum }),
      )
      .map(String);
  if (schema.format === "iana-time-zone") return fc.constantFrom(...ZONES);
  if (isTime(schema))
    return fc
      .date({ min: new Date("2026-01-01"), max: new Date("2026-01-31"), noInvalidDate: true })
      .map((date) => date.toISOString());
  const { minLength = 0, maxLength = 20 } = schema;
  return fc
    .string({ unit: "binary", minLength, maxLength })
    .filter((text) => new RegExp(schema.pattern ?? "", "u").test(text));
}

const BLANKS_AND_CONTROLS = fc.string({
  unit: fc.constantFrom(
    "\0",
    "\t",
    "\n",
    "\r",
    " ",
    "\u2028",
    "\ufeff",
    "\u202e",
    "é",
    "e\u0301",
    "🎉",
    "ß",
    "１",
  ),
  maxLength: 8,
});
const SUSPICIOUS = fc.constantFrom(
  ...[
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "null",
    "undefined",
    "NaN",
    "[]",
    "{}",
  ],
  ...[
    "' or 1=1 --",
    "1; drop table stats",
    "$1",
    "\\",
    "%",
    "%00",
    "../../etc/passwd",
    "{{7*7}}",
    "<script>",
  ],
  ...[
    "-1",
    "0",
    "+1",
    "1.0",
    "1e3",
    "0x1",
    "01",
    "2147483648",
    "9".repeat(400),
    "a".repeat(4_000),
    "Infinity",
  ],
);
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ maxLength: 300 }),
  BLANKS_AND_CONTROLS,
  SUSPICIOUS,
);

/** Where a URL that fetch() takes leaves no doubt which segment is meant. */
const inPath = (text: string) => !["", ".", ".."].includes(text.toLowerCase());

/** Characters of path and query. */
const MAX_ADDRESS = 4_096;

const LEAKS = /select |insert |pg_|\.ts:|node_modules|at \w+ \(|SQLSTATE|postgres/i;

async function ask({ path, parameters }: Read, given: [string, string][]) {
  const inPathNames = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
  const values = new Map(given);
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values.get(name) ?? "1"));
  const query = new URLSearchParams(given.filter(([name]) => !inPathNames.includes(name)));
  const response = await api.get(`${filled}?${query}`, { authorization: `Bearer ${KEY}` });
  const text = await response.text();
  return { status: response.status, text, what: `${filled}?${query}` };
}

/** Those that must be given. */
const required = ({ parameters }: Read): [string, string][] =>
  parameters
    .filter(({ required, in: where }) => required && where === "query")
    .map(({ name, example }) => [name, String(example)]);
const but = (given: [string, string][], name: string) => given.filter(([other]) => other !== name);

async function expectRefusedOrAnswered(read: Read, name: string, given: [string, string][]) {
  const { status, text, what } = await ask(read, given);
  expect([200, 400, 404], what).toContain(status);
  if (status === 200) return;
  const problem = JSON.parse(text);
  expect(problem.parameter, what).toBe(name);
  // What the client itself sent may be in it, a path's id for one; it is never more than that.
  expect(problem.detail.length, what).toBeLessThan(300);
  expect(problem.detail, what).not.toMatch(LEAKS);
}

const RUNS = Number(process.env.PARAMETER_RUNS ?? 15);
const everyParameter = async (
  property: (read: Read, parameter: Parameter) => fc.IAsyncProperty<unknown>,
  { runs = RUNS, applies = () => true }: { runs?: number; applies?: (parameter: Parameter) => boolean } = {},
) => {
  for (const read of reads)
    for (const parameter of read.parameters.filter(applies))
      await fc.assert(property(read, parameter), { numRuns: runs });
};

describe("a parameter of any GET", () => {
  test("that holds any text is answered 200, 404, or 400 naming it", () =>
    everyParameter((read, parameter) =>
      fc.asyncProperty(anyText, async (text) => {
        fc.pre(parameter.in === "query" || inPath(text));
        await expectRefusedOrAnswered(read, parameter.name, [
          ...but(required(read), parameter.name),
          [parameter.name, text],
        ]);
      }),
    ));

  test("that is given twice, or as an array, is refused or ignored, never half taken", () =>
    everyParameter(
      (read, parameter) =>
        fc.asyncProperty(valid(parameter), valid(parameter), async (one, other) => {
          const rest = but(required(read), parameter.name);
          const twice = await ask(read, [...rest, [parameter.name, one], [parameter.name, other]]);
          expect(twice.status, twice.what).toBe(400);
          expect(JSON.parse(twice.text).parameter).toBe(parameter.name);
          const asArray = await ask(read, [
            ...required(read),
            [`${parameter.name}[]`, one],
            [`${parameter.name}[a]`, other],
          ]);
          expect([200, 404], asArray.what).toContain(asArray.status);
        }),
      { runs: 3, applies: (parameter) => parameter.in === "query" },
    ));

  test("that is as documented is answered", () =>
    everyParameter(
      (read, parameter) =>
        fc.asyncProperty(valid(parameter), async (value) => {
          const { status, what } = await ask(read, [
            ...but(required(read), parameter.name),
            [parameter.name, value],
          ]);
          // What must be given names one thing, and there may be no such thing.
          expect(parameter.required ? [200, 404] : [200], what).toContain(status);
        }),
      // The bounds of a range hold against each other, and a cursor is of an earlier answer: no schema says that.
      { applies: ({ name, schema }) => !isTime(schema) && name !== "cursor" },
    ));
});

test("parameters that are not there are ignored, whatever they are called, if the address is not too long", () =>
  fc.assert(
    fc.asyncProperty(fc.nat(), anyText, anyText, async (index, name, value) => {
      const read = reads[index % reads.length]!;
      fc.pre(!read.parameters.some((parameter) => parameter.name === name));
      const { status, what } = await ask(read, [...required(read), [name, value]]);
      expect(status, what).toBe(what.length > MAX_ADDRESS ? 414 : 200);
    }),
    { numRuns: 4 * RUNS },
  ));

test("any path is answered, and only with what is there or 404", () =>
  fc.assert(
    fc.asyncProperty(fc.array(anyText, { maxLength: 4 }), async (parts) => {
      const path = `/${parts.map(encodeURIComponent).join("/")}`;
      const response = await api.get(path, { authorization: `Bearer ${KEY}` });
      expect([200, 400, 404, 405, 414], path).toContain(response.status);
    }),
    { numRuns: 4 * RUNS },
  ));
