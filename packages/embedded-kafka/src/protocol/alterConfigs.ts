import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { ErrorCode } from "./errorCodes.ts";

/**
 * IncrementalAlterConfigs, key 44, versions 0 and 1; 1 is flexible.
 *
 *   request   resources[type int8, name string, changes[name string, operation int8, value nullable string]],
 *             validate_only boolean
 *   response  throttle_time_ms int32,
 *             responses[error int16, message nullable string, type int8, name string]
 */

export const ConfigOperation = { SET: 0, DELETE: 1 } as const;

export interface ConfigChange {
  name: string;
  /** Of ConfigOperation; the others are for settings that are lists, which no topic has here. */
  operation: number;
  value: string | null;
}

export interface AlteredResource {
  type: number;
  name: string;
}

export function decodeIncrementalAlterConfigs(r: Reader): {
  resources: (AlteredResource & { changes: ConfigChange[] })[];
  validateOnly: boolean;
} {
  const resources = r.structs(7, () => ({
    type: r.int8(),
    name: r.string(),
    changes: r.structs(5, () => ({ name: r.string(), operation: r.int8(), value: r.nullableString() })),
  }));
  return { resources, validateOnly: r.boolean() };
}

export function encodeIncrementalAlterConfigs(
  w: Writer,
  results: (AlteredResource & { error: ErrorCode; message: string | null })[],
): void {
  w.int32(0).structs(results, ({ type, name, error, message }) => {
    w.int16(error).nullableString(message).int8(type).string(name);
  });
}
