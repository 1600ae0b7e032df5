import { pathToFileURL } from "node:url";
import { engagementEvent } from "@pulseboard/contract";
import { ConfigError } from "@pulseboard/runtime";
import { formatCoordinates } from "./coordinates.ts";
import type { Kept } from "./kept.ts";
import { printable } from "./printable.ts";

type Event = Record<string, unknown>;

/** Times of the rejected event itself that `--set engaged_timestamp=` can name. */
const TIMES = ["message_timestamp", "rejected_at"] as const;
type Time = (typeof TIMES)[number];

/** `--set FIELD=VALUE`: a value, or a time of the rejected event. */
export interface Setting {
  field: string;
  value: { is: unknown } | { of: Time };
}

/** Mends a parsed payload, undefined where it is no JSON object. @returns undefined to leave the event alone */
export type Mend = (event: Event | undefined, kept: Kept) => Promise<Event | undefined>;

/** What a transform gets beside the parsed payload. */
interface Context {
  topic: string;
  partition: number;
  log_number: number;
  offset: number;
  /** RFC 3339; null when the message had none. */
  message_timestamp: string | null;
  rejected_at: string;
  reason: string;
  detail: string;
  /** The payload as UTF-8 text, also where it is not JSON. */
  text: string;
}

const isTime = (text: string): text is Time => (TIMES as readonly string[]).includes(text);

/** Reads the text behind `--set`. @throws ConfigError that says what was expected */
export function parseSetting(text: string): Setting {
  const [, field = "", written = ""] = /^([a-z_]+)=(.*)$/s.exec(text) ?? [];
  const shape = engagementEvent.shape[field as keyof typeof engagementEvent.shape];
  if (!shape)
    throw new ConfigError(
      `--set: expected FIELD=VALUE with one of ${Object.keys(engagementEvent.shape).join(", ")}; see --help`,
    );
  if (field === "event_id" && written !== "null")
    throw new ConfigError(
      "--set event_id: expected null, which derives the id from where the event stood; one id for all would count them as one",
    );
  if (field === "engaged_timestamp" && isTime(written)) return { field, value: { of: written } };
  const value = jsonOrText(written);
  const checked = shape.safeParse(value);
  if (!checked.success)
    throw new ConfigError(
      `--set ${field}: ${checked.error.issues[0]?.message ?? "expected another value"}; see --help`,
    );
  return { field, value: { is: value } };
}

/** A JSON value where the text is one, else the text. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @param transform path of a module whose default export is called for every event; @throws ConfigError */
export async function createMend(
  settings: readonly Setting[],
  transform: string | undefined,
): Promise<Mend | undefined> {
  if (settings.length === 0 && transform === undefined) return undefined;
  const change = transform === undefined ? undefined : await loadTransform(transform);
  return async (event, kept) => {
    const changed = change ? await change(event, kept) : event;
    if (!changed || settings.length === 0) return changed;
    const set = settings.map(({ field, value }) => [
      field,
      "is" in value ? value.is : timeOf(kept, value.of),
    ]);
    return { ...changed, ...Object.fromEntries(set) };
  };
}

const timeOf = (kept: Kept, name: Time): string | null =>
  name === "rejected_at"
    ? kept.rejectedAt.toISOString()
    : kept.timestamp === null
      ? null
      : new Date(kept.timestamp).toISOString();

async function loadTransform(path: string): Promise<Mend> {
  let call: unknown;
  try {
    ({ default: call } = await import(pathToFileURL(path).href));
  } catch (error) {
    throw new ConfigError(`--transform ${path}: ${printable(Buffer.from((error as Error).message))}`);
  }
  if (!isFunction(call))
    throw new ConfigError(`--transform ${path}: expected a default export (event, context) => event`);
  return async (event, kept) => {
    const result: unknown = await called(call, event, kept, path);
    if (result == null) return undefined;
    if (typeof result !== "object" || Array.isArray(result))
      throw new ConfigError(
        `--transform ${path}: expected an object, or null to leave the event alone, for ${formatCoordinates(kept)}`,
      );
    return result as Event;
  };
}

const isFunction = (value: unknown): value is (event: unknown, context: Context) => unknown =>
  typeof value === "function";

async function called(
  call: (event: unknown, context: Context) => unknown,
  event: Event | undefined,
  kept: Kept,
  path: string,
): Promise<unknown> {
  try {
    return await call(event, contextOf(kept));
  } catch (error) {
    const message = printable(Buffer.from(String((error as Error)?.message ?? error)));
    throw Object.assign(
      new ConfigError(`--transform ${path}: failed for ${formatCoordinates(kept)}: ${message}`),
      { cause: error },
    );
  }
}

const contextOf = (kept: Kept): Context => ({
  topic: kept.topic,
  partition: kept.partition,
  log_number: kept.log,
  offset: kept.offset,
  message_timestamp: timeOf(kept, "message_timestamp"),
  rejected_at: kept.rejectedAt.toISOString(),
  reason: kept.reason,
  detail: kept.detail,
  text: kept.payload?.toString("utf8") ?? "",
});
