import { trendingQuery } from "@pulseboard/contract";
import type { RequestHandler } from "express";
import { trending } from "../../readModels/trending.ts";
import type { AnalyticsAnswers } from "../analytics.ts";
import { parseParameters } from "../problem.ts";

/** GET /analytics/trending */
export const trendingRoute =
  (answers: AnalyticsAnswers): RequestHandler =>
  async (request, response) => {
    await answers.send(request, response, trending, parseParameters(trendingQuery, request.query));
  };
