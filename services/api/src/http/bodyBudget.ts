import type { RequestHandler } from "express";
import { unavailable } from "./problem.ts";

/**
 * Bounds what all bodies take together, from a request's head to the end of its answer: one client with a key may open
 * thousands of connections, each with a body of the most that one may have.
 * @param budget bytes of all; @param mostOfOne bytes of a body, also of one whose length is not told
 * @throws HttpProblem 503 when there is no room
 */
export function boundBodies(budget: number, mostOfOne: number): RequestHandler {
  let taken = 0;
  return (request, response, next) => {
    const told = Number(request.headers["content-length"]);
    const bytes = Number.isSafeInteger(told) ? Math.min(told, mostOfOne) : mostOfOne;
    if (taken + bytes > budget) throw unavailable("too much is being received at once, try again");
    taken += bytes;
    response.once("close", () => {
      taken -= bytes;
    });
    next();
  };
}
