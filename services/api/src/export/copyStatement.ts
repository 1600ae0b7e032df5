import type { ExportFormat } from "@pulseboard/contract";
import pg from "pg";

/** As POST /events takes them; concat() leaves out what is null. No value here has a character that COPY would escape. */
const NDJSON = `concat('{"event_id":"', event_id, '","type":"', type, '","post_id":', post_id, ',"user_id":' || user_id,
  ',"engaged_timestamp":"', to_char(engaged_timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), '"}')`;
const CSV = `event_id, post_id, type, user_id,
  to_char(engaged_timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as engaged_timestamp`;

const FORMATS: Record<ExportFormat, { columns: string; options: string }> = {
  ndjson: { columns: NDJSON, options: "" },
  csv: { columns: CSV, options: " (format csv, header)" },
};

/** COPY TO STDOUT of the engagements in [from, to), ms since the epoch. It takes no parameters, so these are literals. */
export function copyStatement(from: number, to: number, format: ExportFormat): string {
  const [first, end] = [from, to].map((ms) => pg.escapeLiteral(new Date(ms).toISOString()));
  const { columns, options } = FORMATS[format];
  return `copy (select ${columns} from engagements where engaged_timestamp >= ${first} and engaged_timestamp < ${end})
          to stdout${options}`;
}
