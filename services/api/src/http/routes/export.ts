import { EXPORT_FORMATS, type ExportFormat, exportQuery } from "@pulseboard/contract";
import type { Exporter } from "../../export/exporter.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";

const MEDIA_TYPES: Record<ExportFormat, string> = {
  ndjson: "application/x-ndjson",
  csv: "text/csv; charset=utf-8",
};

const DESCRIPTION = `Every engagement with from <= engaged_timestamp < to, as of the moment of asking, in no particular order.
NDJSON is what POST /events and \`npm run import\` take. The answer is complete when it ends as chunked encoding does; a
connection that is cut means that rows are missing.`;

/** GET /export/engagements: raw rows, the one read that costs as much as there is history. */
export const exportRoute = (exporter: Exporter): Endpoint =>
  defineEndpoint({
    method: "get",
    path: "/export/engagements",
    tag: "Events",
    id: "export_engagements",
    summary: "The raw engagements of a time range",
    description: DESCRIPTION,
    access: "read:raw",
    query: exportQuery,
    answers: {
      200: {
        description: "A row each: event_id, post_id, type, user_id, engaged_timestamp",
        content: Object.fromEntries(
          EXPORT_FORMATS.map((format) => [MEDIA_TYPES[format].split(";")[0]!, null]),
        ),
      },
      503: {
        description: "Others are under way, or the database is away: try again",
        headers: ["Retry-After"],
      },
    },
    async handle({ query }, request, response) {
      const begin = () =>
        response.writeHead(200, {
          "Content-Type": MEDIA_TYPES[query.format],
          "Content-Disposition": `attachment; filename="engagements.${query.format}"`,
          "Cache-Control": "no-store",
        });
      if (request.method === "HEAD") begin().end();
      else await exporter.send(query, response, begin);
    },
  });
