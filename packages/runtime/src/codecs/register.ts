import { promisify } from "node:util";
import { unzip } from "node:zlib";
import kafkajs from "kafkajs";
import { inflateLz4 } from "./lz4.ts";
import { inflateSnappy } from "./snappy.ts";
import { UndecodableBatch } from "./undecodableBatch.ts";
import { inflateZstd } from "./zstd.ts";

// Node finds no named export for these: kafkajs is CommonJS and computes them.
const { CompressionCodecs, CompressionTypes } = kafkajs;

/** What kafkajs asks of a codec. */
interface Codec {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>;
  decompress(compressed: Buffer): Promise<Buffer>;
}

type Inflate = (compressed: Buffer, limit: number) => Uint8Array | Promise<Uint8Array>;

/** Far beyond the batches of any broker (1 MiB unless it is set otherwise, before they are inflated). */
export const MAX_INFLATED_BYTES = 100 * 1024 * 1024;

/**
 * Lets kafkajs read what every other producer may send. Of itself it knows gzip only, and ends the consumer at the
 * first batch of another codec, again after each restart.
 */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.Snappy] = () => SNAPPY;
  CompressionCodecs[CompressionTypes.LZ4] = () => LZ4;
  CompressionCodecs[CompressionTypes.ZSTD] = () => ZSTD;
  CompressionCodecs[CompressionTypes.GZIP] = () => GZIP;
}

const { compress: gzip } = CompressionCodecs[CompressionTypes.GZIP]() as Codec;
const inflateGzip: Inflate = (compressed, limit) => promisify(unzip)(compressed, { maxOutputLength: limit });

const GZIP: Codec = { compress: gzip, decompress: inflater("gzip", inflateGzip) };
const SNAPPY = readOnly("snappy", inflateSnappy);
const LZ4 = readOnly("lz4", inflateLz4);
const ZSTD = readOnly("zstd", inflateZstd);

function readOnly(name: string, inflate: Inflate): Codec {
  return {
    compress: () =>
      Promise.reject(new Error(`${name} can be read only: produce uncompressed or with gzip instead`)),
    decompress: inflater(name, inflate),
  };
}

function inflater(name: string, inflate: Inflate): Codec["decompress"] {
  return async (compressed) => {
    try {
      const inflated = await inflate(compressed, MAX_INFLATED_BYTES);
      return Buffer.from(inflated.buffer, inflated.byteOffset, inflated.byteLength);
    } catch (error) {
      const why = (error as Error).message;
      throw new UndecodableBatch(`a ${name} batch of ${compressed.length} bytes: ${why}`, { cause: error });
    }
  };
}
