import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { ErrorCode } from "./errorCodes.ts";

export const ResourceType = { TOPIC: 2, BROKER: 4 } as const;
const UNKNOWN_TYPE = 0;
/** Where a value comes from, as the protocol numbers it. */
export const ConfigSource = { TOPIC: 1, STATIC_BROKER: 4, DEFAULT: 5 } as const;

export interface ConfigQuery {
  type: number;
  name: string;
  /** null: all. */
  configs: string[] | null;
}

export interface ConfigEntry {
  name: string;
  value: string;
  readOnly: boolean;
  source: number;
}

export interface ConfigAnswer {
  type: number;
  name: string;
  error: ErrorCode;
  message: string | null;
  configs: ConfigEntry[];
}

export function decodeDescribeConfigs(r: Reader, version: number): ConfigQuery[] {
  const queries = r.structs(7, () => ({
    type: r.int8(),
    name: r.string(),
    configs: r.nullableArray(2, () => r.string()),
  }));
  if (version >= 1) r.boolean(); // synonyms
  return queries;
}

export function encodeDescribeConfigs(w: Writer, version: number, answers: ConfigAnswer[]): void {
  w.int32(0).structs(answers, ({ type, name, error, message, configs }) => {
    w.int16(error).nullableString(message).int8(type).string(name);
    w.structs(configs, (config) => {
      w.string(config.name).nullableString(config.value).boolean(config.readOnly);
      if (version === 0) w.boolean(config.source !== ConfigSource.TOPIC);
      else w.int8(config.source);
      w.boolean(false); // sensitive
      if (version >= 1) w.count(0); // synonyms
      if (version >= 3) w.int8(UNKNOWN_TYPE).nullableString(null); // documentation
    });
  });
}
