import {
  type EventsAnswer,
  isInvalid,
  MAX_EVENTS_PER_REQUEST,
  type ValidEvent,
  validateEvent,
} from "@pulseboard/contract";
import { HttpProblem } from "../http/problem.ts";

/** What a body of POST /events holds, judged event by event. */
export interface ParsedBody {
  valid: ValidEvent[];
  rejected: EventsAnswer["rejected"];
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
const NOT_JSON = Symbol("not JSON");

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function events(text: string, isNdjson: boolean): unknown[] {
  if (isNdjson)
    return text
      .split("\n")
      .filter((line) => line.trim())
      .map(parseJson);
  const value = parseJson(text);
  if (value === NOT_JSON) throw new HttpProblem(400, "the body is not JSON");
  if (!Array.isArray(value)) return [value];
  if (value.length > MAX_EVENTS_PER_REQUEST)
    throw new HttpProblem(413, `at most ${MAX_EVENTS_PER_REQUEST} events in an array`);
  return value;
}

/** @throws HttpProblem when the body as a whole cannot be read. */
export function parseEventsBody(body: Buffer, isNdjson: boolean): ParsedBody {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    throw new HttpProblem(400, "the body is not UTF-8");
  }
  const parsed: ParsedBody = { valid: [], rejected: [] };
  events(text, isNdjson).forEach((event, index) => {
    if (event === NOT_JSON) {
      parsed.rejected.push({ index, field: "", reason: "expected JSON" });
      return;
    }
    const result = validateEvent(event);
    if (isInvalid(result))
      parsed.rejected.push({ index, field: result.field, reason: `expected ${result.expected}` });
    else parsed.valid.push(result);
  });
  return parsed;
}
