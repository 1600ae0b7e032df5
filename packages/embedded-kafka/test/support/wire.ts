import type { Reader } from "../../src/codec/reader.ts";
import type { Writer } from "../../src/codec/writer.ts";

/**
 * The Kafka protocol guide, written down a second time and independently of the broker: what each field is
 * and since and until which version it is there. Requests are encoded and answers decoded by it.
 */
type Primitive =
  | "int8"
  | "boolean"
  | "int16"
  | "int32"
  | "int64"
  | "uuid"
  | "string"
  | "nullableString"
  | "bytes";

export interface Field {
  name: string;
  type: Primitive | Field[];
  since: number;
  until: number;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are read by tests that know their shape
export type Message = Record<string, any>;

export function field(name: string, type: Primitive | Field[], since = 0, until = 99): Field {
  return { name, type, since, until };
}

/** Which version, and whether it is in the compact encoding with tagged fields. */
export interface Version {
  version: number;
  flexible: boolean;
}

const NO_UUID = "00000000-0000-0000-0000-000000000000";
const DEFAULTS: Record<Primitive, unknown> = {
  int8: 0,
  boolean: false,
  int16: 0,
  int32: 0,
  int64: 0,
  uuid: NO_UUID,
  string: "",
  nullableString: null,
  bytes: Buffer.alloc(0),
};

/** An unknown tagged field. The reader must skip it. */
export const encodeTags = (w: Writer): void => {
  w.uvarint(1).uvarint(12_345).uvarint(3).int8(1).int8(2).int8(3);
};

export function encode(w: Writer, fields: Field[], at: Version, message: Message): void {
  for (const { name, type, since, until } of fields) {
    if (at.version < since || at.version > until) continue;
    const value = message[name];
    if (typeof type !== "string") {
      encodeLength(w, at, value === null ? -1 : (value ?? []).length, 4);
      for (const element of value ?? []) encodeElement(w, type, at, element);
    } else {
      encodePrimitive(w, type, at, value === undefined ? DEFAULTS[type] : value);
    }
  }
  if (at.flexible) encodeTags(w);
}

function encodeLength(w: Writer, { flexible }: Version, length: number, bytes: 2 | 4): void {
  if (flexible) w.uvarint(length + 1);
  else if (bytes === 2) w.int16(length);
  else w.int32(length);
}

const primitiveOf = (fields: Field[]): Primitive | undefined => {
  const [only] = fields;
  return fields.length === 1 && only!.name === "" ? (only!.type as Primitive) : undefined;
};

function encodeElement(w: Writer, fields: Field[], at: Version, element: unknown): void {
  const primitive = primitiveOf(fields);
  if (primitive) encodePrimitive(w, primitive, at, element);
  else encode(w, fields, at, element as Message);
}

function encodePrimitive(w: Writer, type: Primitive, at: Version, value: unknown): void {
  if (type === "boolean") w.boolean(value as boolean);
  else if (type === "bytes" || type === "string" || type === "nullableString") {
    const bytes = typeof value === "string" ? Buffer.from(value) : (value as Buffer | null);
    encodeLength(w, at, bytes?.length ?? -1, type === "bytes" ? 4 : 2);
    for (const byte of bytes ?? []) w.int8((byte << 24) >> 24);
  } else if (type === "uuid") {
    for (const byte of Buffer.from((value as string).replaceAll("-", ""), "hex")) w.int8((byte << 24) >> 24);
  } else w[type](value as number);
}

function decodeUvarint(r: Reader): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = r.int8() & 0xff;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

export function decodeTags(r: Reader): void {
  for (let left = decodeUvarint(r); left > 0; left--) {
    decodeUvarint(r);
    for (let bytes = decodeUvarint(r); bytes > 0; bytes--) r.int8();
  }
}

function decodeLength(r: Reader, { flexible }: Version, bytes: 2 | 4): number {
  if (flexible) return decodeUvarint(r) - 1;
  return bytes === 2 ? r.int16() : r.int32();
}

function decodeBytes(r: Reader, length: number): Buffer | null {
  return length < 0 ? null : Buffer.from(Array.from({ length }, () => r.int8()));
}

function decodePrimitive(r: Reader, type: Primitive, at: Version): unknown {
  // Megabytes of them are read at once.
  if (type === "bytes" && !at.flexible) return r.nullableBytes();
  if (type === "bytes") return decodeBytes(r, decodeLength(r, at, 4));
  if (type === "uuid")
    return decodeBytes(r, 16)!
      .toString("hex")
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  if (type !== "string" && type !== "nullableString") return r[type]();
  const bytes = decodeBytes(r, decodeLength(r, at, 2));
  if (bytes === null && type === "string") throw new Error("a string expected, null came");
  return bytes?.toString() ?? null;
}

export function decode(r: Reader, fields: Field[], at: Version): Message {
  const message: Message = {};
  for (const { name, type, since, until } of fields) {
    if (at.version < since || at.version > until) continue;
    if (typeof type === "string") message[name] = decodePrimitive(r, type, at);
    else {
      const length = decodeLength(r, at, 4);
      const primitive = primitiveOf(type);
      const element = () => (primitive ? decodePrimitive(r, primitive, at) : decode(r, type, at));
      message[name] = length < 0 ? null : Array.from({ length }, element);
    }
  }
  if (at.flexible) decodeTags(r);
  return message;
}
