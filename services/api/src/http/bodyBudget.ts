import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
import { unavailable } from "./problem.ts";

/** The length of the body as it will be read, where its head tells it: that of a compressed one grows. */
function toldBytes({ headers }: IncomingMessage): number | undefined {
  const isPlain = (headers["content-encoding"] || "identity").toLowerCase() === "identity";
  const told = Number(headers["content-length"]);
  return isPlain && Number.isSafeInteger(told) ? told : undefined;
}

/**
 * Bounds what all bodies take together, from a request's head to the end of its answer: one client with a key may open
 * thousands of connections, each with a body of the most that one may have.
 * @param budget bytes of all; @param mostOfOne bytes of a body, also of one whose length is not told
 * @throws HttpProblem 503 when there is no room
 */
export function boundBodies(budget: number, mostOfOne: number): RequestHandler {
  let taken = 0;
  return (request, response, next) => {
    const bytes = Math.min(toldBytes(request) ?? mostOfOne, mostOfOne);
    if (taken + bytes > budget) throw unavailable("too much is being received at once, try again");
    taken += bytes;
    response.once("close", () => {
      taken -= bytes;
    });
    next();
  };
}
