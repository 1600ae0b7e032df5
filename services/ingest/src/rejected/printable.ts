/**
 * Bytes for a terminal: printable ASCII as it is, any other byte as \xNN, which JSON does not know and so cannot be
 * taken for an escape that stands in the text. Exact bytes are to be had by --raw.
 */
export const printable = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString("latin1")
    .replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);

/** JSON of ASCII only: control characters that JSON would leave raw (DEL, C1, bidi) are escaped too. */
export const asciiJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(
    /[^\n\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
