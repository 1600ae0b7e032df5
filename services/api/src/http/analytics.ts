import { createHash } from "node:crypto";
import type { Request, Response } from "express";
import type { Answer, Question, Reader } from "../readModels/reader.ts";
import { paramsKey } from "../readModels/reader.ts";
import type { Stats } from "../readModels/stats.ts";
import { unavailable } from "./problem.ts";

/** Longer than any statement may take: it ends the wait for a database that has stopped answering. */
const DEADLINE_MS = 8_000;

/** @throws HttpProblem 503 when the promise is not settled in time. */
export async function withinDeadline<T>(promise: Promise<T>, ms = DEADLINE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable("the database does not answer, try again")), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Names the stats version, the start of the answer's window, and the representation: question, parameters, format. */
function entityTag<P, T>(question: Question<P, T>, params: P, stats: Stats, format: string): string {
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

export interface AnalyticsAnswers {
  /** Sends the question's answer, or 304 when the client has it. */
  send<P, T>(
    request: Request,
    response: Response,
    question: Question<P, T>,
    params: P,
  ): Promise<Answer<T> | null>;
  cacheControl: string;
}

/** How every analytics answer leaves: as of when, by which name, and not to be reused unasked. */
export function createAnalyticsAnswers(reader: Reader, readAccess: "public" | "key"): AnalyticsAnswers {
  const cacheControl = readAccess === "key" ? "private, no-cache" : "no-cache";
  return {
    cacheControl,
    /** @returns null, and sends nothing, when there is no such thing. */
    async send(request, response, question, params) {
      const answer = await withinDeadline(reader.answer(question, params));
      if (answer.data === null) return null;
      const tag = entityTag(question, params, answer.stats, "json");
      response.set({
        ETag: tag,
        "X-Stats-As-Of": answer.stats.asOf,
        "Cache-Control": cacheControl,
      });
      if (hasTag(request.headers["if-none-match"], tag)) response.status(304).end();
      else response.type("application/json").send(answer.json);
      return answer;
    },
  };
}
