import { isInvalid, MAX_FUTURE_MS, type ValidEvent, validateEvent } from "@pulseboard/contract";
import type { Refused, Row } from "../read/row.ts";
import { withMinutes } from "../tables/kinds.ts";

export type TimedEvent = ValidEvent & { engagedAt: number };

/** What ingest would hold an event against besides the catalogue: times in ms. */
export interface Times {
  now: number;
  /** Earlier events are expired. */
  eventsFrom: number;
}

/** Judges a row as ingest would; its time is required, since that of the import is not the engagement's. */
export function judgeEvent({ line, values }: Row, { now, eventsFrom }: Times): TimedEvent | Refused {
  const written = values.engaged_timestamp;
  const event = validateEvent({
    ...values,
    engaged_timestamp: typeof written === "string" ? withMinutes(written) : written,
  });
  if (isInvalid(event)) return { line, ...event };
  const { engagedAt } = event;
  const wrongTime = (expected: string): Refused => ({ line, field: "engaged_timestamp", expected });
  if (engagedAt === undefined) return wrongTime("an RFC 3339 time with zone, 2000 or later");
  if (engagedAt > now + MAX_FUTURE_MS) return wrongTime("a time at most 5 minutes ahead of now");
  if (engagedAt < eventsFrom)
    return wrongTime(`${new Date(eventsFrom).toISOString()} or later: what is older is not kept`);
  return { ...event, engagedAt };
}
