import { isUtf8 } from "node:buffer";
import { MAX_EVENT_BYTES } from "@pulseboard/contract";
import type { OutgoingMessage } from "../../event.ts";

/**
 * A message as a line of NDJSON. POST /events builds a new message from the fields it reads. So bytes that are not
 * UTF-8, and bytes over the limit in a field that it does not know, would be gone, and the event would be a good one:
 * the text ends there, and is no JSON.
 */
export function ndjsonLine(value: OutgoingMessage["value"]): string {
  const text = value === null ? "" : value.toString();
  const isBinary = typeof value !== "string" && value !== null && !isUtf8(value);
  const whole = isBinary ? text.slice(0, text.indexOf("\ufffd")) : text;
  // A line must have something in it to be judged.
  return whole.slice(0, MAX_EVENT_BYTES).replaceAll(/[\r\n]/g, " ") || "-";
}
