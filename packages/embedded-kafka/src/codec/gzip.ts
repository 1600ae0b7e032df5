import { promisify } from "node:util";
import { gunzip, gunzipSync } from "node:zlib";
import { ErrorCode, KafkaError } from "../protocol/errorCodes.ts";

/** A gzip batch that holds more is refused. */
const MAX_INFLATED_BYTES = 100 * 1024 * 1024;
/** Batches inflate five- to tenfold: fewer and larger pieces than zlib's 16 KiB. */
const CHUNK_BYTES = 128 * 1024;
const OPTIONS = { maxOutputLength: MAX_INFLATED_BYTES, chunkSize: CHUNK_BYTES };
/** Within both sizes a batch takes the event loop a few milliseconds at most, else it goes to a thread. */
const INLINE_BYTES = 64 * 1024;
const INLINE_OPTIONS = { maxOutputLength: 2 * 1024 * 1024, chunkSize: CHUNK_BYTES };
const gunzipOnThread = promisify(gunzip);

export async function inflateGzip(records: Buffer): Promise<Buffer> {
  try {
    return inflateInline(records) ?? (await gunzipOnThread(records, OPTIONS));
  } catch (error) {
    if (isTooLarge(error)) {
      const most = `at most ${MAX_INFLATED_BYTES} bytes`;
      throw new KafkaError(ErrorCode.MESSAGE_TOO_LARGE, `a gzip batch inflates too far, ${most} expected`);
    }
    throw new KafkaError(ErrorCode.INVALID_RECORD, `a gzip batch is broken: ${(error as Error).message}`);
  }
}

/** Null where that would take long. */
function inflateInline(records: Buffer): Buffer | null {
  if (records.length > INLINE_BYTES) return null;
  try {
    return gunzipSync(records, INLINE_OPTIONS);
  } catch (error) {
    if (isTooLarge(error)) return null;
    throw error;
  }
}

function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
}

/** Of a stored batch; null where one from before the check on arrival is broken. */
export function inflateStoredGzip(records: Buffer): Buffer | null {
  try {
    return gunzipSync(records, OPTIONS);
  } catch {
    return null;
  }
}
