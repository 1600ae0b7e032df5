import { readFileSync } from "node:fs";

/** What is used of WebAssembly: the types of Node do not have it. */
interface Memory {
  readonly buffer: ArrayBuffer;
  /** By so many pages; the buffer is another one then. @throws RangeError above the module's maximum */
  grow(pages: number): number;
}
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

/** An instance of scan.wat and its memory. Positions are byte offsets in that memory. */
export interface Scanner {
  memory: Memory;
  /** @returns how many titles were marked */
  scan(
    needle: number,
    length: number,
    text: number,
    starts: number,
    marks: number,
    from: number,
    to: number,
  ): number;
}

export const PAGE_BYTES = 65_536;

let compiled: object | undefined;

/** @throws Error where WebAssembly or its SIMD is off, or there is no room for a memory */
export function createScanner(): Scanner {
  compiled ??= new WebAssembly.Module(readFileSync(new URL("scan.wasm", import.meta.url)));
  return new WebAssembly.Instance(compiled).exports as Scanner;
}
