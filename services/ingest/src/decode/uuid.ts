const NOT_HEX = 0xff;
const DASH = 45;

/** The value of a hexadecimal digit by its character code, NOT_HEX for any other. */
const HEX = new Uint8Array(256).fill(NOT_HEX);
for (let digit = 0; digit < 16; digit++) {
  HEX[digit.toString(16).charCodeAt(0)] = digit;
  HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Places of the 32 digits among the 36 characters of a UUID, in pairs. */
const PAIRS = Uint8Array.of(0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34);

/**
 * Reads the UUID of 36 ASCII characters at `from` into the 16 bytes at `to`, which mean nothing when it is none.
 * @returns whether it is one
 */
export function readUuid(text: Uint8Array, from: number, bytes: Uint8Array, to: number): boolean {
  if (
    text[from + 8] !== DASH ||
    text[from + 13] !== DASH ||
    text[from + 18] !== DASH ||
    text[from + 23] !== DASH
  )
    return false;
  let wrong = 0;
  for (let i = 0; i < 16; i++) {
    const at = from + PAIRS[i]!;
    const high = HEX[text[at]!]!;
    const low = HEX[text[at + 1]!]!;
    wrong |= high | low;
    bytes[to + i] = (high << 4) | low;
  }
  return wrong < 16;
}

/** The time in ms that a UUIDv7 of 16 bytes holds, undefined for any other UUID. */
export function timeOfUuid(bytes: Uint8Array, at: number): number | undefined {
  if (bytes[at + 6]! >> 4 !== 7 || bytes[at + 8]! >> 6 !== 2) return undefined;
  let time = 0;
  for (let i = 0; i < 6; i++) time = time * 256 + bytes[at + i]!;
  return time;
}
