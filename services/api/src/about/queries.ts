import { readdirSync, readFileSync } from "node:fs";
import type { About } from "@pulseboard/contract";

const FOLDER = new URL("../../../../sql/", import.meta.url);

/** What the comment on top says under a heading, its lines joined. */
function said(sql: string, heading: string): string {
  const lines = sql.split("\n");
  const first = lines.findIndex((line) => line.startsWith(`-- ${heading}: `));
  if (first < 0) throw new Error(`a file of sql/ has no ${heading} on top`);
  const rest = lines.slice(first + 1);
  const end = rest.findIndex((line) => !line.startsWith("-- ") || /^-- [A-Z][a-z]+: /.test(line));
  return [lines[first]!.slice(heading.length + 5), ...rest.slice(0, end).map((line) => line.slice(3))].join(
    " ",
  );
}

/** The files of sql/, with the question and the grain that each has on top. */
export const readQueries = (): About["queries"] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => {
      const sql = readFileSync(new URL(name, FOLDER), "utf8");
      return { name, question: said(sql, "Question"), grain: said(sql, "Grain"), sql };
    });
