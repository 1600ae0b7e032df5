import { patternsQuery, sampleAuthorsQuery } from "@pulseboard/contract";
import { ConfigError, parseOptions } from "@pulseboard/runtime";

export interface Options {
  json: boolean;
  /** An IANA zone. */
  tz: string;
  limit: number;
}

const wrong = (name: string, expected: string) =>
  new ConfigError(`--${name}: expected ${expected}; see --help`);

export const wrongZone = () => wrong("tz", "an IANA time zone such as Europe/Vienna");

/** @throws ConfigError with one line that says what was expected */
export function readOptions(args: string[]): Options {
  const { values } = parseOptions({
    args,
    options: { json: { type: "boolean", default: false }, tz: { type: "string" }, limit: { type: "string" } },
  });
  const tz = patternsQuery.shape.tz.safeParse(values.tz);
  if (!tz.success) throw wrongZone();
  const limit = sampleAuthorsQuery.shape.limit.safeParse(values.limit);
  if (!limit.success) throw wrong("limit", "an integer from 1 to 50");
  return { json: values.json, tz: tz.data, limit: limit.data };
}
