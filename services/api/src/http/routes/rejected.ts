import { rejectedEvent, rejectedQuery } from "@pulseboard/contract";
import type pg from "pg";
import { z } from "zod";
import { newestRejected } from "../../readModels/rejected.ts";
import { withinDeadline } from "../deadline.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";

/** For admins only: keys and payloads are what somebody sent, whatever that was. */
export const rejectedRoute = (pool: pg.Pool): Endpoint =>
  defineEndpoint({
    method: "get",
    path: "/rejected",
    tag: "Operations",
    id: "rejected",
    summary: "The events that could not count, the newest first",
    description: "`npm run rejected -- replay` sends them again once their reason is gone.",
    access: "admin",
    query: rejectedQuery,
    answers: {
      200: {
        description: "Where each stood, why it was rejected, and its bytes",
        content: { "application/json": z.array(rejectedEvent) },
      },
    },
    async handle({ query }, _request, response) {
      response.set("Cache-Control", "no-store").json(await withinDeadline(newestRejected(pool, query)));
    },
  });
