/** What is used of packages that bring no types of their own. */

declare module "snappyjs" {
  /** Throws on a broken stream, and when it says it holds more than `maxLength` bytes. */
  export function uncompress(compressed: Uint8Array, maxLength: number): Uint8Array;
  export function compress(bytes: Uint8Array): Uint8Array;
}

declare module "lz4js" {
  /** Returns the index behind the last byte of the output, even where that does not fit into `target`. */
  export function decompressBlock(
    source: Uint8Array,
    target: Uint8Array,
    sourceIndex: number,
    sourceLength: number,
    targetIndex: number,
  ): number;
  export function compress(bytes: Uint8Array): Uint8Array;
}
