import { type PatternCell, type PatternsQuery, patternsQuery } from "@pulseboard/contract";
import type { RequestHandler } from "express";
import type { Question } from "../../readModels/reader.ts";
import type { AnalyticsAnswers } from "../analytics.ts";
import { parseParameters } from "../problem.ts";

/** GET /analytics/engagement-patterns */
export const patternsRoute =
  (answers: AnalyticsAnswers, patterns: Question<PatternsQuery, PatternCell[]>): RequestHandler =>
  async (request, response) => {
    await answers.send(request, response, patterns, parseParameters(patternsQuery, request.query));
  };
