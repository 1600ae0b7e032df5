const TWO_32 = 0x1_0000_0000;
const MIN_INT64_HIGH = -0x8000_0000;

/** Bytes of an unsigned varint. */
const widthOf = (value: number): number => Math.max(1, Math.ceil((32 - Math.clz32(value)) / 7));

/**
 * Growable buffer for one response. Sized up front where the size is known, as for Fetch. In a flexible version lengths
 * and counts are unsigned varints of one more, 0 for null, and each struct ends with tagged fields (KIP-482).
 */
export class Writer {
  #buffer: Buffer;
  #position = 0;
  flexible = false;

  constructor(capacity = 256) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  get position(): number {
    return this.#position;
  }

  /** Room for `bytes` more without another allocation. */
  ensure(bytes: number): void {
    const needed = this.#position + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#position);
    this.#buffer = larger;
  }

  #advance(bytes: number): number {
    this.ensure(bytes);
    const at = this.#position;
    this.#position = at + bytes;
    return at;
  }

  int8(value: number): this {
    const at = this.#advance(1);
    this.#buffer.writeInt8(value, at);
    return this;
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }

  int16(value: number): this {
    const at = this.#advance(2);
    this.#buffer.writeInt16BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.#advance(4);
    this.#buffer.writeInt32BE(value, at);
    return this;
  }

  int64(value: number): this {
    const at = this.#advance(8);
    writeInt64(this.#buffer, value, at);
    return this;
  }

  uvarint(value: number): this {
    let rest = value;
    while (rest > 0x7f) {
      this.int8((((rest & 0x7f) | 0x80) << 24) >> 24);
      rest >>>= 7;
    }
    return this.int8(rest);
  }

  /** The end of a struct: nothing that is served is tagged. */
  tags(): this {
    return this.flexible ? this.uvarint(0) : this;
  }

  /** @param value the 36 characters of a UUID */
  uuid(value: string): this {
    const at = this.#advance(16);
    this.#buffer.write(value.replaceAll("-", ""), at, "hex");
    return this;
  }

  nullableString(value: string | null): this {
    if (value === null) return this.flexible ? this.uvarint(0) : this.int16(-1);
    const bytes = Buffer.byteLength(value);
    if (this.flexible) this.uvarint(bytes + 1);
    else this.int16(bytes);
    const at = this.#advance(bytes);
    this.#buffer.write(value, at, "utf8");
    return this;
  }

  string(value: string): this {
    return this.nullableString(value);
  }

  bytes(value: Buffer): this {
    this.count(value.length);
    const at = this.#advance(value.length);
    value.copy(this.#buffer, at);
    return this;
  }

  /** The length of bytes, or how many elements of an array follow. */
  count(value: number): this {
    return this.flexible ? this.uvarint(value + 1) : this.int32(value);
  }

  nullArray(): this {
    return this.flexible ? this.uvarint(0) : this.int32(-1);
  }

  array<T>(values: readonly T[], element: (value: T) => void): this {
    this.count(values.length);
    for (const value of values) element(value);
    return this;
  }

  /** An array of structs, whose ends it writes. */
  structs<T>(values: readonly T[], struct: (value: T) => void): this {
    return this.array(values, (value) => {
      struct(value);
      this.tags();
    });
  }

  /** The next `bytes` of the buffer, to be filled from a file; `skip` then says how many were. */
  room(bytes: number): Buffer {
    this.ensure(bytes);
    return this.#buffer.subarray(this.#position, this.#position + bytes);
  }

  skip(bytes: number): void {
    this.#advance(bytes);
  }

  /** Where the length of at most `most` bytes stands that follow; patchLength writes it once it is known. */
  lengthOfAtMost(most: number): number {
    return this.#advance(this.flexible ? widthOf(most + 1) : 4);
  }

  patchLength(at: number, most: number, length: number): void {
    if (!this.flexible) {
      this.patchInt32(at, length);
      return;
    }
    const last = at + widthOf(most + 1) - 1;
    let rest = length + 1;
    // As wide as was left room for: a varint may end with empty groups.
    for (let place = at; place <= last; place++) {
      this.#buffer[place] = (rest & 0x7f) | (place < last ? 0x80 : 0);
      rest >>>= 7;
    }
  }

  patchInt16(at: number, value: number): void {
    this.#buffer.writeInt16BE(value, at);
  }

  patchInt32(at: number, value: number): void {
    this.#buffer.writeInt32BE(value, at);
  }

  toBuffer(): Buffer {
    return this.#buffer.subarray(0, this.#position);
  }
}

export function writeInt64(buffer: Buffer, value: number, at: number): void {
  const high = Math.max(Math.floor(value / TWO_32), MIN_INT64_HIGH);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * TWO_32, at + 4);
}

/** The size and correlation id that open every response; the size is set when it is finished. */
export function startResponse(correlationId: number): Writer {
  return new Writer().int32(0).int32(correlationId);
}

export function finishResponse(writer: Writer): Buffer {
  writer.patchInt32(0, writer.position - 4);
  return writer.toBuffer();
}
