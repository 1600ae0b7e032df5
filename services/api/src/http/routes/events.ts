import { MAX_EVENTS_BODY_BYTES } from "@pulseboard/contract";
import express, { type Request, type RequestHandler } from "express";
import { parseEventsBody } from "../../events/body.ts";
import { eventMessage } from "../../events/message.ts";
import type { EventProducer } from "../../events/producer.ts";
import type { Metrics } from "../../metrics.ts";
import { HttpProblem } from "../problem.ts";

const JSON_TYPES = ["application/json", "application/*+json"];
const NDJSON_TYPES = [
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonl",
  "application/x-jsonlines",
];

const isType = (request: Request, types: string[]): boolean => Boolean(request.is(types));

const acceptedTypes: RequestHandler = (request, _response, next) => {
  // A body of no bytes has no type that express would look at; it is not JSON, and is told so below.
  if (isType(request, [...JSON_TYPES, ...NDJSON_TYPES]) || request.is("*/*") === null) return next();
  throw new HttpProblem(415, "expected Content-Type application/json or application/x-ndjson", {
    headers: { Accept: "application/json, application/x-ndjson" },
  });
};

/** POST /events: answers once Kafka has acknowledged every valid event. */
export function eventsRoute(producer: EventProducer, metrics: Metrics): RequestHandler[] {
  const publish: RequestHandler = async (request, response) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { valid, rejected } = parseEventsBody(body, isType(request, NDJSON_TYPES));
    metrics.events.inc({ result: "rejected" }, rejected.length);
    if (!valid.length)
      throw new HttpProblem(400, rejected.length ? "no event is valid" : "there is no event", {
        ...(rejected[0]?.field && { parameter: rejected[0].field }),
        members: { accepted: 0, rejected },
      });
    const now = Date.now();
    try {
      await producer.publish(valid.map((event) => eventMessage(event, now)));
    } catch (error) {
      metrics.events.inc({ result: "failed" }, valid.length);
      throw error;
    }
    metrics.events.inc({ result: "accepted" }, valid.length);
    response.status(202).set("Cache-Control", "no-store").json({ accepted: valid.length, rejected });
  };
  return [acceptedTypes, express.raw({ type: () => true, limit: MAX_EVENTS_BODY_BYTES }), publish];
}
