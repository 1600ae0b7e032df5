import {
  type EventsAnswer,
  type InvalidField,
  isInvalid,
  MAX_EVENTS_PER_REQUEST,
  MAX_NDJSON_EVENTS,
  MIN_TIME_MS,
  uuidV7Time,
  type ValidEvent,
  validateEvent,
} from "@pulseboard/contract";
import { NOT_JSON, parseJson, textOf } from "../http/body.ts";
import { HttpProblem } from "../http/problem.ts";

/** An event, and its place in the body. */
export interface PlacedEvent {
  index: number;
  event: ValidEvent;
}

/** What a body of POST /events holds, judged event by event. */
export interface ParsedBody {
  valid: PlacedEvent[];
  rejected: EventsAnswer["rejected"];
}

/** One after the other: millions of short lines in a body must not become an array before they are counted. */
function* ndjsonEvents(text: string): Generator<unknown> {
  let count = 0;
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf("\n", from);
    const to = newline < 0 ? text.length : newline;
    const line = text.slice(from, to).trim();
    from = to + 1;
    if (!line) continue;
    if (++count > MAX_NDJSON_EVENTS)
      throw new HttpProblem(413, `at most ${MAX_NDJSON_EVENTS} events in a body of NDJSON; none was taken`);
    yield parseJson(line);
  }
}

function events(text: string, isNdjson: boolean): Iterable<unknown> {
  if (isNdjson) return ndjsonEvents(text);
  const value = parseJson(text);
  if (value === NOT_JSON) throw new HttpProblem(400, "the body is not JSON");
  if (!Array.isArray(value)) return [value];
  if (value.length > MAX_EVENTS_PER_REQUEST)
    throw new HttpProblem(413, `at most ${MAX_EVENTS_PER_REQUEST} events in an array`);
  return value;
}

/** What ingest would reject for what it says; the time of a UUIDv7 is the event's when there is no other. */
function judge(event: unknown): ValidEvent | InvalidField {
  const result = validateEvent(event);
  if (isInvalid(result) || result.engagedAt !== undefined || result.eventId === undefined) return result;
  const time = uuidV7Time(result.eventId) ?? MIN_TIME_MS;
  return time >= MIN_TIME_MS
    ? result
    : { field: "engaged_timestamp", expected: "since event_id names a time before 2000" };
}

/** @throws HttpProblem when the body as a whole cannot be read. */
export function parseEventsBody(body: unknown, isNdjson: boolean): ParsedBody {
  const text = textOf(body);
  const parsed: ParsedBody = { valid: [], rejected: [] };
  let index = -1;
  for (const event of events(text, isNdjson)) {
    index++;
    if (event === NOT_JSON) {
      parsed.rejected.push({ index, field: "", reason: "expected JSON" });
      continue;
    }
    const result = judge(event);
    if (isInvalid(result))
      parsed.rejected.push({ index, field: result.field, reason: `expected ${result.expected}` });
    else parsed.valid.push({ index, event: result });
  }
  return parsed;
}
