import type { Reader } from "../../src/codec/reader.ts";
import type { Writer } from "../../src/codec/writer.ts";

/**
 * The Kafka protocol guide, written down a second time and independently of the broker: what each field is
 * and since and until which version it is there. Requests are encoded and answers decoded by it.
 */
type Primitive = "int8" | "boolean" | "int16" | "int32" | "int64" | "string" | "nullableString" | "bytes";

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

const DEFAULTS: Record<Primitive, unknown> = {
  int8: 0,
  boolean: false,
  int16: 0,
  int32: 0,
  int64: 0,
  string: "",
  nullableString: null,
  bytes: Buffer.alloc(0),
};

export function encode(w: Writer, fields: Field[], version: number, message: Message): void {
  for (const { name, type, since, until } of fields) {
    if (version < since || version > until) continue;
    const value = message[name];
    if (typeof type !== "string") {
      if (value === null) w.int32(-1);
      else w.array(value ?? [], (element: unknown) => encodeElement(w, type, version, element));
    } else {
      encodePrimitive(w, type, value === undefined ? DEFAULTS[type] : value);
    }
  }
}

function encodeElement(w: Writer, fields: Field[], version: number, element: unknown): void {
  const only = fields[0]!;
  if (fields.length === 1 && only.name === "" && typeof only.type === "string") {
    encodePrimitive(w, only.type, element);
  } else {
    encode(w, fields, version, element as Message);
  }
}

function encodePrimitive(w: Writer, type: Primitive, value: unknown): void {
  if (type === "boolean") w.boolean(value as boolean);
  else if (type === "bytes") {
    if (value === null) w.int32(-1);
    else w.bytes(value as Buffer);
  } else if (type === "string" || type === "nullableString") w.nullableString(value as string | null);
  else w[type](value as number);
}

export function decode(r: Reader, fields: Field[], version: number): Message {
  const message: Message = {};
  for (const { name, type, since, until } of fields) {
    if (version < since || version > until) continue;
    if (typeof type === "string") message[name] = type === "bytes" ? r.nullableBytes() : r[type]();
    else {
      const only = type[0]!;
      message[name] = r.nullableArray(1, () =>
        type.length === 1 && only.name === "" && typeof only.type === "string"
          ? r[only.type]()
          : decode(r, type, version),
      );
    }
  }
  return message;
}
