import {
  engagementEvent,
  eventsAnswer,
  MAX_EVENTS_BODY_BYTES,
  MAX_EVENTS_PER_REQUEST,
  MAX_NDJSON_EVENTS,
  problem,
} from "@pulseboard/contract";
import express, { type Request, type Response } from "express";
import { z } from "zod";
import { parseEventsBody } from "../../events/body.ts";
import { eventMessage, identifyAll } from "../../events/message.ts";
import type { EventProducer } from "../../events/producer.ts";
import type { Metrics } from "../../metrics.ts";
import { isType, JSON_TYPES, NDJSON_TYPES, requireType } from "../body.ts";
import { boundBodies } from "../bodyBudget.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import { HttpProblem } from "../problem.ts";

const acceptedTypes = requireType(
  [...JSON_TYPES, ...NDJSON_TYPES],
  ["application/json", "application/x-ndjson"],
);

const DESCRIPTION = `One event, an array of up to ${MAX_EVENTS_PER_REQUEST}, or NDJSON of up to ${MAX_NDJSON_EVENTS} lines.
An event is one with every other of the same event_id whose time is in the same UTC month: the repeat changes nothing. Without
event_id it gets a UUIDv7, without a time (of its own, or in a UUIDv7) the present one; \`assigned\` names both, in a 503 too, so
that a retry can repeat them. A client that retries best sends a UUIDv7 or both fields itself. Whether the post is
known, and the time not in the future, is judged later, by ingest.`;

const LIKE = { type: "like", post_id: 1 };
/** Of all requests at one time. */
const BODIES_BYTES = 64 * MAX_EVENTS_BODY_BYTES;

/** With all there is to say of it. */
const SHARE = {
  event_id: "01936f5e-8d2a-7c3b-9e4f-5a6b7c8d9e0f",
  type: "share",
  post_id: 1,
  user_id: 7,
  engaged_timestamp: "2024-11-27T20:44:47.786Z",
};

/** Named, since oapi-codegen sends a union without a name as {}. */
const eventsBody = z
  .union([engagementEvent, z.array(engagementEvent).min(1).max(MAX_EVENTS_PER_REQUEST)])
  .meta({ id: "EventsBody" });

const notPublished = eventsAnswer.partial().shape;
/** What a request whose events are none of them valid is told. */
const nothingValid = problem.extend(notPublished).meta({ id: "NoValidEvent" });
/** What a request is told whose events may be stored or not. */
const notAcknowledged = problem.extend(notPublished).meta({ id: "NotAcknowledged" });

/** POST /events: answers once Kafka has acknowledged every valid event. */
export function eventsRoute(producer: EventProducer, metrics: Metrics): Endpoint {
  async function publish(request: Request, response: Response): Promise<void> {
    const { valid, rejected } = parseEventsBody(request.body, isType(request, NDJSON_TYPES));
    metrics.events.inc({ result: "rejected" }, rejected.length);
    if (!valid.length)
      throw new HttpProblem(400, rejected.length ? "no event is valid" : "there is no event", {
        ...(rejected[0]?.field && { parameter: rejected[0].field }),
        members: { accepted: 0, rejected, assigned: [] },
      });
    const { events, assigned } = identifyAll(valid, Date.now());
    try {
      await producer.publish(events.map(eventMessage));
    } catch (error) {
      metrics.events.inc({ result: "failed" }, valid.length);
      throw error instanceof HttpProblem ? error.with({ rejected, assigned }) : error;
    }
    metrics.events.inc({ result: "accepted" }, valid.length);
    response
      .status(202)
      .set("Cache-Control", "no-store")
      .json({ accepted: valid.length, rejected, assigned });
  }

  return defineEndpoint({
    method: "post",
    path: "/events",
    tag: "Events",
    id: "post_events",
    summary: "Publish engagement events",
    description: DESCRIPTION,
    access: "write",
    body: {
      content: {
        "application/json": eventsBody,
        "application/x-ndjson": z.string().meta({ format: "ndjson", description: "An event a line" }),
      },
      examples: {
        "application/json": { "One event": LIKE, "Some events": [LIKE, SHARE] },
        "application/x-ndjson": {
          "An event a line": `${JSON.stringify(LIKE)}\n${JSON.stringify(SHARE)}\n`,
        },
      },
      description: `Up to ${MAX_EVENTS_BODY_BYTES / 1024 / 1024} MiB`,
    },
    answers: {
      202: {
        description: "Kafka has acknowledged the accepted events",
        content: { "application/json": eventsAnswer },
      },
      400: { description: "No event is valid", content: { "application/problem+json": nothingValid } },
      413: { description: "Too many events, or too many bytes" },
      415: { description: "Neither JSON nor NDJSON" },
      503: {
        description: "Kafka is away, or behind: try again, with what `assigned` names",
        content: { "application/problem+json": notAcknowledged },
        headers: ["Retry-After"],
      },
    },
    before: [
      acceptedTypes,
      boundBodies(BODIES_BYTES, MAX_EVENTS_BODY_BYTES),
      express.raw({ type: () => true, limit: MAX_EVENTS_BODY_BYTES }),
    ],
    handle: (_input, request, response) => publish(request, response),
  });
}
