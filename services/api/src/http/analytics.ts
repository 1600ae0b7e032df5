import { createHash } from "node:crypto";
import { z } from "zod";
import type { Question, Reader } from "../readModels/reader.ts";
import { paramsKey } from "../readModels/reader.ts";
import type { Stats } from "../readModels/stats.ts";
import { type CsvRow, toCsv } from "./csv.ts";
import { withinDeadline } from "./deadline.ts";
import { defineEndpoint, type Endpoint } from "./endpoint.ts";
import { HttpProblem } from "./problem.ts";

const FORMATS = ["json", "csv"] as const;
type Format = (typeof FORMATS)[number];
const MEDIA_TYPES: Record<Format, string> = { json: "application/json", csv: "text/csv" };
const format = z
  .enum(FORMATS, "expected json or csv")
  .optional()
  .describe("Stands above Accept; json unless either asks for csv");

/** Names the stats version, the start of the answer's window, and the representation: question, parameters, format. */
function entityTag<P, T>(question: Question<P, T>, params: P, stats: Stats, format: Format): string {
  const representation = createHash("sha256")
    .update(`${question.name}|${paramsKey(params as object)}|${format}`)
    .digest("hex")
    .slice(0, 12);
  return `"${stats.version}.${question.windowStart(stats, params)}.${format}-${representation}"`;
}

/**
 * If-None-Match by the weak comparison of RFC 9110. Not `request.fresh`, which gives up on Cache-Control: no-cache: that
 * is meant for caches on the way, and fetch() adds it to every conditional request.
 */
function hasTag(condition: string | undefined, tag: string): boolean {
  if (condition === undefined) return false;
  return (
    condition.trim() === "*" || condition.split(",").some((given) => given.trim().replace(/^W\//, "") === tag)
  );
}

/** What there is of an analytics endpoint beside its question. */
interface Analytics<P extends z.ZodObject, Q extends z.ZodObject, T> {
  path: string;
  summary: string;
  description?: string;
  params?: P;
  query?: Q;
  question: Question<z.infer<P> & z.infer<Q>, T>;
  /** The answer's schema; an array's rows, or the object itself, are the rows of CSV, */
  answer: z.ZodType;
  /** unless this makes them. */
  csv?: { columns: readonly string[]; rows: (data: NonNullable<T>) => CsvRow[] };
  /** What is said of an id that is not there (data null). */
  unknown?: { parameter: string; thing: string };
}

/** Columns and rows of a list or of one object. */
function plainCsv(answer: z.ZodType) {
  const row = (answer instanceof z.ZodArray ? answer.element : answer) as z.ZodObject;
  return {
    columns: Object.keys(row.shape),
    rows: (data: unknown) => (Array.isArray(data) ? data : [data]) as CsvRow[],
  };
}

/** How analytics answers leave: as of when, by which name, as JSON or CSV, and not to be reused unasked. */
export function createAnalyticsEndpoints(reader: Reader, cacheControl: string) {
  return function analyticsEndpoint<P extends z.ZodObject, Q extends z.ZodObject, T>(
    analytics: Analytics<P, Q, T>,
  ): Endpoint {
    const { question, answer: schema, unknown } = analytics;
    const { columns, rows } = analytics.csv ?? plainCsv(schema);
    return defineEndpoint({
      method: "get",
      path: analytics.path,
      tag: "Analytics",
      id: question.name,
      summary: analytics.summary,
      ...(analytics.description && { description: analytics.description }),
      access: "read",
      ...(analytics.params && { params: analytics.params }),
      query: (analytics.query ?? z.object({})).extend({ format }),
      answers: {
        200: {
          description: "The answer at the newest stats version",
          content: { "application/json": schema, "text/csv": null },
          headers: ["ETag", "X-Stats-As-Of"],
        },
        304: { description: "The answer that the client has is still this one", headers: ["ETag"] },
        ...(unknown && { 404: { description: `There is no such ${unknown.thing}` } }),
      },
      async handle({ params, query }, request, response) {
        const { format: wanted, ...rest } = query as { format?: Format };
        const given = { ...params, ...rest } as unknown as z.infer<P> & z.infer<Q>;
        const answer = await withinDeadline(reader.answer(question, given));
        if (answer.data === null && unknown)
          throw new HttpProblem(404, `there is no ${unknown.thing} ${params[unknown.parameter]}`, {
            parameter: unknown.parameter,
          });
        const format =
          wanted ?? (request.accepts(Object.values(MEDIA_TYPES)) === MEDIA_TYPES.csv ? "csv" : "json");
        const tag = entityTag(question, given, answer.stats, format);
        response
          .set({ ETag: tag, "X-Stats-As-Of": answer.stats.asOf, "Cache-Control": cacheControl })
          .vary("Accept");
        if (hasTag(request.headers["if-none-match"], tag)) response.status(304).end();
        else if (format === "json") response.type(MEDIA_TYPES.json).send(answer.json);
        else
          response
            .type(MEDIA_TYPES.csv)
            .attachment(`${question.name}.csv`)
            .send(toCsv(rows(answer.data!), columns));
      },
    });
  };
}

export type AnalyticsEndpoints = ReturnType<typeof createAnalyticsEndpoints>;
