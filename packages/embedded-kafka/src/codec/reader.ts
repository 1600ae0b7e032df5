/** What a client sent does not fit the protocol: its connection is closed, nobody else notices. */
export class MalformedFrame extends Error {
  override name = "MalformedFrame";
}

const TWO_32 = 0x1_0000_0000;
const MOST_STRING_BYTES = 0x7fff;
/** No honest request has more; each may cost some hundred bytes in the answer. */
const MOST_ELEMENTS = 100_000;

/**
 * Bounds-checked reader of one request frame. Every length is held against the bytes that are left. In a flexible version
 * lengths and counts are unsigned varints of one more, 0 for null, and each struct ends with tagged fields (KIP-482).
 */
export class Reader {
  readonly #buffer: Buffer;
  #position: number;
  flexible = false;

  constructor(buffer: Buffer, position = 0) {
    this.#buffer = buffer;
    this.#position = position;
  }

  get remaining(): number {
    return this.#buffer.length - this.#position;
  }

  #take(bytes: number): number {
    const at = this.#position;
    if (bytes < 0 || bytes > this.#buffer.length - at) {
      throw new MalformedFrame(`${bytes} bytes expected at position ${at}, ${this.remaining} left`);
    }
    this.#position = at + bytes;
    return at;
  }

  int8(): number {
    return this.#buffer.readInt8(this.#take(1));
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#take(4));
  }

  /** As a number: exact up to 2^53, which no offset or millisecond reaches. */
  int64(): number {
    const at = this.#take(8);
    return this.#buffer.readInt32BE(at) * TWO_32 + this.#buffer.readUInt32BE(at + 4);
  }

  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.int8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte >= 0) return value;
    }
    throw new MalformedFrame("a varint of more than 5 bytes");
  }

  /** The 36 characters of a UUID. */
  uuid(): string {
    const at = this.#take(16);
    const hex = this.#buffer.toString("hex", at, at + 16);
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  /** The end of a struct: nothing that is served is tagged, so what comes is passed over. */
  tags(): void {
    if (!this.flexible) return;
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint();
      this.#take(this.uvarint());
    }
  }

  nullableString(): string | null {
    const length = this.flexible ? this.uvarint() - 1 : this.int16();
    if (length === -1) return null;
    // Answers of older versions could not name it.
    if (length > MOST_STRING_BYTES) throw new MalformedFrame(`a string of ${length} bytes`);
    const at = this.#take(length);
    return this.#buffer.toString("utf8", at, at + length);
  }

  string(): string {
    const value = this.nullableString();
    if (value === null) throw new MalformedFrame("a string expected, null came");
    return value;
  }

  /** A view into the frame: copy what outlives the request. */
  nullableBytes(): Buffer | null {
    const length = this.flexible ? this.uvarint() - 1 : this.int32();
    if (length === -1) return null;
    const at = this.#take(length);
    return this.#buffer.subarray(at, at + length);
  }

  bytes(): Buffer {
    const value = this.nullableBytes();
    if (value === null) throw new MalformedFrame("bytes expected, null came");
    return value;
  }

  /**
   * `leastBytes` is the smallest encoding of one element, so that a lying count cannot make us allocate; in a flexible
   * version it is a byte.
   */
  nullableArray<T>(leastBytes: number, element: () => T): T[] | null {
    const count = this.flexible ? this.uvarint() - 1 : this.int32();
    if (count === -1) return null;
    const fits = count >= 0 && count * (this.flexible ? 1 : leastBytes) <= this.remaining;
    if (!fits || count > MOST_ELEMENTS) {
      throw new MalformedFrame(`an array of ${count} elements in ${this.remaining} bytes`);
    }
    const values: T[] = [];
    for (let i = 0; i < count; i++) values.push(element());
    return values;
  }

  array<T>(leastBytes: number, element: () => T): T[] {
    return this.nullableArray(leastBytes, element) ?? [];
  }

  /** An array of structs, whose ends it reads. */
  nullableStructs<T>(leastBytes: number, struct: () => T): T[] | null {
    return this.nullableArray(leastBytes, () => {
      const value = struct();
      this.tags();
      return value;
    });
  }

  structs<T>(leastBytes: number, struct: () => T): T[] {
    return this.nullableStructs(leastBytes, struct) ?? [];
  }
}
