import type { Request, Response } from "express";
import { z } from "zod";
import { type CsvTable, toCsv } from "./csv.ts";

const FORMATS = ["json", "csv"] as const;
export type Format = (typeof FORMATS)[number];
const MEDIA_TYPES: Record<Format, string> = { json: "application/json", csv: "text/csv" };

/** The query parameter. */
export const format = z
  .enum(FORMATS, "expected json or csv")
  .optional()
  .describe("Stands above Accept; json unless either asks for csv");

/** What the answer is to be: as the query says, else as Accept prefers, else JSON, since no answer at all helps nobody. */
export function chooseFormat(request: Request, wanted: Format | undefined): Format {
  if (wanted) return wanted;
  return request.accepts(Object.values(MEDIA_TYPES)) === MEDIA_TYPES.csv ? "csv" : "json";
}

export const sendJson = (response: Response, json: string | Buffer): Response =>
  response.type(MEDIA_TYPES.json).send(json);

/** @param name of the file that a browser makes of it, without ending */
export const sendCsv = (response: Response, name: string, table: CsvTable): Response =>
  response.type(MEDIA_TYPES.csv).attachment(`${name}.csv`).send(toCsv(table));
