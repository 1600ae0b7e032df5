import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { ErrorCode } from "./errorCodes.ts";

export interface VersionRange {
  key: number;
  min: number;
  max: number;
}

/** v3 is the one flexible version this broker speaks; its response header stays the old one all the same. */
export function encodeApiVersions(
  w: Writer,
  version: number,
  error: ErrorCode,
  apis: readonly VersionRange[],
): void {
  w.int16(error);
  if (version < 3) {
    w.array(apis, ({ key, min, max }) => w.int16(key).int16(min).int16(max));
    if (version >= 1) w.int32(0);
    return;
  }
  w.uvarint(apis.length + 1);
  for (const { key, min, max } of apis) w.int16(key).int16(min).int16(max).uvarint(0);
  w.int32(0).uvarint(0);
}

export const CoordinatorType = { GROUP: 0 } as const;

export function decodeFindCoordinator(r: Reader, version: number): { key: string; type: number } {
  return { key: r.string(), type: version >= 1 ? r.int8() : CoordinatorType.GROUP };
}

export function encodeFindCoordinator(
  w: Writer,
  version: number,
  answer: { error: ErrorCode; message: string | null; nodeId: number; host: string; port: number },
): void {
  if (version >= 1) w.int32(0);
  w.int16(answer.error);
  if (version >= 1) w.nullableString(answer.message);
  w.int32(answer.nodeId).string(answer.host).int32(answer.port);
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
