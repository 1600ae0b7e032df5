import {
  authorBody,
  authorIdParam,
  authorRow,
  MAX_CATALOGUE_BODY_BYTES,
  parseTimestamp,
  postBody,
  postIdParam,
  postRow,
} from "@pulseboard/contract";
import { sqlState } from "@pulseboard/runtime";
import express from "express";
import type pg from "pg";
import type { z } from "zod";
import { type PutResult, putRow } from "../../catalogue/putRow.ts";
import { AUTHORS, type CatalogueTable, POSTS } from "../../catalogue/tables.ts";
import { JSON_TYPES, NOT_JSON, parseJson, requireType, textOf } from "../body.ts";
import { withinDeadline } from "../deadline.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import { HttpProblem, parseParameters } from "../problem.ts";

const FOREIGN_KEY_VIOLATION = "23503";
const UNIQUE_VIOLATION = "23505";
/** Of the triggers that keep ids. */
const RESTRICT_VIOLATION = "23001";

function parseBody<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  const value = parseJson(textOf(body));
  if (value === NOT_JSON) throw new HttpProblem(400, "the body is not JSON");
  return parseParameters(schema, value);
}

/** What the database refuses of a row that its schema lets pass, in words for the client. */
function refused(error: unknown, row: Record<string, unknown>): never {
  const of = (parameter: string) => ({ parameter });
  switch (sqlState(error)) {
    case FOREIGN_KEY_VIOLATION:
      throw new HttpProblem(400, `author_id: there is no author ${row.author_id}`, of("author_id"));
    case UNIQUE_VIOLATION:
      throw new HttpProblem(409, "external_id: another row has this one", of("external_id"));
    case RESTRICT_VIOLATION:
      throw new HttpProblem(409, "external_id: it is set already, and is set once", of("external_id"));
    default:
      throw error;
  }
}

const utc = (time: string): string => new Date(parseTimestamp(time)).toISOString();

interface Put<P extends z.ZodObject, B extends z.ZodObject> {
  table: CatalogueTable;
  id: string;
  summary: string;
  description: string;
  params: P;
  body: B;
  row: z.ZodType;
  /** The values of the table's parameters where they are not what was sent. */
  stored?: (body: z.infer<B>) => Record<string, unknown>;
}

/** PUT /authors/{author_id} and /posts/{post_id}: the row as it is from now on. */
export function catalogueRoutes(pool: pg.Pool): Endpoint[] {
  function put<P extends z.ZodObject, B extends z.ZodObject>(definition: Put<P, B>): Endpoint {
    const { table, params, body, row, stored = (given) => given } = definition;
    return defineEndpoint({
      method: "put",
      path: `/${table.name}/{${table.key}}`,
      tag: "Catalogue",
      id: definition.id,
      summary: definition.summary,
      description: definition.description,
      access: "write",
      params,
      body: {
        content: { "application/json": body },
        description: `Up to ${MAX_CATALOGUE_BODY_BYTES / 1024} KiB. Columns left out become null, but for those that say otherwise`,
      },
      answers: {
        200: { description: "The row was there, and is this now", content: { "application/json": row } },
        201: { description: "The row is new", content: { "application/json": row } },
        409: { description: "external_id is another row's, or is not what this row has" },
        413: { description: "Too many bytes" },
        415: { description: "Not JSON" },
      },
      before: [
        requireType(JSON_TYPES, ["application/json"]),
        express.raw({ type: () => true, limit: MAX_CATALOGUE_BODY_BYTES }),
      ],
      async handle({ params: path }, request, response) {
        const id = (path as Record<string, unknown>)[table.key] as number;
        const given = parseBody(body, request.body) as Record<string, unknown>;
        if (given[table.key] !== undefined && given[table.key] !== id)
          throw new HttpProblem(400, `${table.key}: expected ${id}, as in the path, or nothing`, {
            parameter: table.key,
          });
        const written: PutResult = await withinDeadline(
          putRow(pool, table, id, stored(given as z.infer<B>)).catch((error) => refused(error, given)),
        );
        response
          .status(written.created ? 201 : 200)
          .set("Cache-Control", "no-store")
          .json(written.row);
      },
    });
  }

  return [
    put({
      table: AUTHORS,
      id: "put_author",
      summary: "Add an author, or replace one",
      description: "Answers show it from the next fold on, about a second later.",
      params: authorIdParam,
      body: authorBody,
      row: authorRow,
    }),
    put({
      table: POSTS,
      id: "put_post",
      summary: "Add a post, or replace one",
      description:
        "Answers show it from the next fold on, about a second later. A post that changes author or category takes its history along. A withdrawn one leaves the lists of posts; what it counts stays in every total.",
      params: postIdParam,
      body: postBody,
      row: postRow,
      stored: (given) => ({
        ...given,
        publish_timestamp: utc(given.publish_timestamp),
        withdrawn_at: given.withdrawn_at === null ? null : utc(given.withdrawn_at),
      }),
    }),
  ];
}
