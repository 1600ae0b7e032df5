import { after, CHANNELS, type Channel, pollAnswers, pollQueries } from "@pulseboard/contract";
import type { Request } from "express";
import type { Given } from "../../live/channels.ts";
import type { LivePolls } from "../../live/polls.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import { sendJson } from "../format.ts";

export interface PollParts {
  polls: LivePolls;
  /** Under which name a request's connection is counted. */
  clientOf(request: Request): string | undefined;
  /** Under which name the sets of a request are counted. */
  holderOf(request: Request): Promise<string | undefined>;
  /** Where reads need a key: whether it still is one. @throws HttpProblem */
  admit: ((request: Request) => Promise<unknown>) | undefined;
}

const present = (query: object): Given =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));

function pollRoute(channel: Channel, { polls, clientOf, holderOf, admit }: PollParts): Endpoint {
  return defineEndpoint({
    method: "get",
    path: `/live/${channel}`,
    tag: "Live",
    id: `live_${channel}`,
    summary: `The live message of the channel ${channel}, as soon as it is of a newer version`,
    description:
      "For clients that hear no WebSocket. 204 after 25 s without a newer version: ask again. A version above the newest is answered with the newest after 5 s: go on from that. Requests that wait count as live connections. Where reading needs no key a cache may hold an answer for a second, so that one request asks for all readers.",
    access: "read",
    query: pollQueries[channel].extend({ after }),
    answers: {
      200: {
        description: "The message as a subscriber gets it, whole",
        content: { "application/json": pollAnswers[channel] },
      },
      204: { description: "There was no newer version in 25 s" },
      ...(channel === "post" && { 404: { description: "There is no such post" } }),
    },
    async handle({ query }, request, response) {
      const gone = new AbortController();
      response.once("close", () => gone.abort());
      const { after, ...given } = query;
      const message = await polls.next({
        ...{ channel, after, given: present(given), gone: gone.signal },
        client: clientOf(request),
        holder: await holderOf(request),
      });
      if (gone.signal.aborted) return;
      // It may have been revoked, or have expired, meanwhile.
      await admit?.(request);
      response.set("Cache-Control", admit || message === undefined ? "no-store" : "public, max-age=1");
      if (message === undefined) response.status(204).end();
      else sendJson(response, message);
    },
  });
}

/** Every live channel by long polling. */
export const livePollRoutes = (parts: PollParts): Endpoint[] =>
  CHANNELS.map((channel) => pollRoute(channel, parts));
