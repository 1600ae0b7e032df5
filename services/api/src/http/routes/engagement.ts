import { engagementQuery, postIdParam } from "@pulseboard/contract";
import type { RequestHandler } from "express";
import { postEngagement } from "../../readModels/postEngagement.ts";
import type { AnalyticsAnswers } from "../analytics.ts";
import { HttpProblem, parseParameters } from "../problem.ts";

/** GET /engagement/{post_id} */
export const engagementRoute =
  (answers: AnalyticsAnswers): RequestHandler =>
  async (request, response) => {
    const { post_id } = parseParameters(postIdParam, request.params);
    const { period } = parseParameters(engagementQuery, request.query);
    const answer = await answers.send(request, response, postEngagement, { post_id, period });
    if (!answer) throw new HttpProblem(404, `there is no post ${post_id}`, { parameter: "post_id" });
  };
