import { z } from "zod";
import type { Question, Reader } from "../readModels/reader.ts";
import type { CsvTable } from "./csv.ts";
import { withinDeadline } from "./deadline.ts";
import { defineEndpoint, type Endpoint } from "./endpoint.ts";
import { entityTag, heldTag } from "./etag.ts";
import { chooseFormat, type Format, format, sendCsv, sendJson } from "./format.ts";
import { HttpProblem } from "./problem.ts";

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
  csv?: (data: NonNullable<T>) => CsvTable;
  /** What is said of an id that is not there (data null). */
  unknown?: { parameter: string; thing: string };
}

/** A list, or one object, as a table. */
function plainTable(answer: z.ZodType) {
  const row = (answer instanceof z.ZodArray ? answer.element : answer) as z.ZodObject;
  const columns = Object.keys(row.shape);
  return (data: unknown): CsvTable => ({
    columns,
    rows: (Array.isArray(data) ? data : [data]) as Record<string, unknown>[],
  });
}

/** How analytics answers leave: as of when, by which name, as JSON or CSV, and not to be reused unasked. */
export function createAnalyticsEndpoints(reader: Reader, cacheControl: string) {
  return function analyticsEndpoint<P extends z.ZodObject, Q extends z.ZodObject, T>(
    analytics: Analytics<P, Q, T>,
  ): Endpoint {
    const { path, summary, description, params, query, question, answer: schema, unknown } = analytics;
    const table = analytics.csv ?? plainTable(schema);
    return defineEndpoint({
      method: "get",
      path,
      tag: "Analytics",
      id: question.name,
      summary,
      ...(description && { description }),
      access: "read",
      ...(params && { params }),
      query: (query ?? z.object({})).extend({ format }),
      answers: {
        200: {
          description: "The answer at the newest stats version",
          content: { "application/json": schema, "text/csv": null },
          headers: ["ETag", "X-Stats-As-Of", "Content-Disposition"],
        },
        304: {
          description: "The answer that If-None-Match names is still this one",
          headers: ["ETag", "X-Stats-As-Of"],
        },
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
        const format = chooseFormat(request, wanted);
        const { stats } = answer;
        const basis = answer.data === null ? undefined : question.basis?.(answer.data);
        const tag = entityTag(question, given, { stats, basis, data: answer.data }, format);
        const asOf = basis && basis.version < stats.version ? basis.asOf : stats.asOf;
        const held = heldTag(request.headers["if-none-match"], tag);
        response
          .set({ ETag: held ?? tag, "X-Stats-As-Of": asOf, "Cache-Control": cacheControl })
          .vary("Accept, Accept-Encoding");
        if (held) response.status(304).end();
        else if (format === "json") sendJson(response, answer.body);
        else sendCsv(response, question.name, table(answer.data!));
      },
    });
  };
}

export type AnalyticsEndpoints = ReturnType<typeof createAnalyticsEndpoints>;
