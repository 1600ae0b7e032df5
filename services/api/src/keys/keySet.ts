import { createRemoteJWKSet, customFetch, type FetchImplementation } from "jose";

const TIMEOUT_MS = 3_000;
const MAX_BYTES = 256 * 1024;
/** Between readings that an unknown key id asks for. */
const COOLDOWN_MS = 30_000;
const KNOWN_FOR_MS = 600_000;
/** How long a failed reading stands, so that nobody's tokens make us ask again and again. */
const FAILURE_STANDS_MS = 1_000;

/** The key set does not answer, or not with a key set. */
export class KeySetAway extends Error {
  override name = "KeySetAway";
}

/** The public keys at `url`, read when first needed, every ten minutes, and when a token names an unknown one. */
export function createKeySet(url: URL): ReturnType<typeof createRemoteJWKSet> {
  let failure: KeySetAway | undefined;
  let failedAt = 0;

  const read: FetchImplementation = async (address, init) => {
    if (failure && performance.now() - failedAt < FAILURE_STANDS_MS) throw failure;
    try {
      failure = undefined;
      const response = await fetch(address, { ...init, redirect: "error" });
      if (response.status !== 200) throw new Error(`status ${response.status}`);
      return Response.json(JSON.parse(await boundedText(response)));
    } catch (error) {
      failedAt = performance.now();
      failure = new KeySetAway(`the key set cannot be read: ${(error as Error).message}`, { cause: error });
      throw failure;
    }
  };

  return createRemoteJWKSet(url, {
    timeoutDuration: TIMEOUT_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: KNOWN_FOR_MS,
    [customFetch]: read,
  });
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
