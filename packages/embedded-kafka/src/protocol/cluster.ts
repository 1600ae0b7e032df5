import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { ErrorCode } from "./errorCodes.ts";

export interface VersionRange {
  key: number;
  min: number;
  max: number;
}

export function encodeApiVersions(
  w: Writer,
  version: number,
  error: ErrorCode,
  apis: readonly VersionRange[],
): void {
  w.int16(error);
  w.structs(apis, ({ key, min, max }) => w.int16(key).int16(min).int16(max));
  if (version >= 1) w.int32(0);
}

export const CoordinatorType = { GROUP: 0 } as const;

/** From version 4 on several keys of one type are asked for at once. */
export function decodeFindCoordinator(r: Reader, version: number): { keys: string[]; type: number } {
  if (version >= 4) {
    const type = r.int8();
    return { keys: r.array(2, () => r.string()), type };
  }
  const keys = [r.string()];
  return { keys, type: version >= 1 ? r.int8() : CoordinatorType.GROUP };
}

export interface Coordinator {
  error: ErrorCode;
  message: string | null;
  nodeId: number;
  host: string;
  port: number;
}

export function encodeFindCoordinator(w: Writer, version: number, keys: string[], found: Coordinator): void {
  const { error, message, nodeId, host, port } = found;
  if (version >= 1) w.int32(0);
  if (version >= 4) {
    w.structs(keys, (key) => {
      w.string(key).int32(nodeId).string(host).int32(port).int16(error).nullableString(message);
    });
    return;
  }
  w.int16(error);
  if (version >= 1) w.nullableString(message);
  w.int32(nodeId).string(host).int32(port);
}

export function decodeInitProducerId(r: Reader): { transactionalId: string | null } {
  const transactionalId = r.nullableString();
  r.int32(); // transaction timeout
  return { transactionalId };
}

export function encodeInitProducerId(w: Writer, error: ErrorCode, producerId: number): void {
  w.int32(0)
    .int16(error)
    .int64(producerId)
    .int16(producerId < 0 ? -1 : 0);
}
