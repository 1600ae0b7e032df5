import { MalformedFrame } from "../codec/reader.ts";

/** API key, version and correlation id. */
const LEAST_REQUEST_BYTES = 8;

/**
 * Cuts a connection's bytes into frames. A frame inside one chunk is a view of it; one that spans chunks gets
 * its buffer once, at its full size, and each chunk is copied once into its place.
 */
export class FrameAssembler {
  readonly #maxBytes: number;
  readonly #leastBytes: number;
  readonly #size = Buffer.alloc(4);
  #sizeBytes = 0;
  #frame: Buffer | null = null;
  #filled = 0;

  constructor(maxBytes: number, leastBytes = LEAST_REQUEST_BYTES) {
    this.#leastBytes = leastBytes;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer, emit: (frame: Buffer) => void): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#frame !== null) {
        const taken = chunk.copy(this.#frame, this.#filled, at);
        at += taken;
        this.#filled += taken;
        if (this.#filled < this.#frame.length) return;
        const frame = this.#frame;
        this.#frame = null;
        emit(frame);
        continue;
      }
      while (this.#sizeBytes < 4 && at < chunk.length) this.#size[this.#sizeBytes++] = chunk[at++]!;
      if (this.#sizeBytes < 4) return;
      this.#sizeBytes = 0;
      const size = this.#size.readInt32BE();
      if (size < this.#leastBytes || size > this.#maxBytes) {
        throw new MalformedFrame(
          `a frame of ${size} bytes, ${this.#leastBytes} to ${this.#maxBytes} expected`,
        );
      }
      if (chunk.length - at >= size) {
        const frame = chunk.subarray(at, at + size);
        at += size;
        emit(frame);
      } else {
        this.#frame = Buffer.allocUnsafeSlow(size);
        this.#filled = 0;
      }
    }
  }
}
