import { timingSafeEqual } from "node:crypto";
import { delay, type Logger } from "@pulseboard/runtime";
import type { Pool } from "pg";
import { unavailable } from "../http/problem.ts";
import type { Identity } from "./identity.ts";
import { type ActiveKey, noteUse, readActiveKeys } from "./table.ts";

const READ_EVERY_MS = 1_000;
const NOTE_USE_EVERY_MS = 60_000;
/** How long keys are known after they were last read: the database may be away, a key may have been revoked since. */
const KNOWN_FOR_MS = 60_000;
const FIRST_READING_MS = 2_000;

/**
 * The keys of the database, all of them, read every second: a key counts a second after it was made or revoked, and
 * whatever is presented, known or not, costs the database nothing.
 */
export interface StoredKeys {
  /** @throws HttpProblem 503 while nobody can tell */
  find(hash: Buffer): Promise<Identity | undefined>;
  stop(): Promise<void>;
}

export function watchStoredKeys(pool: Pool, logger: Logger): StoredKeys {
  const stopping = new AbortController();
  let keys = new Map<string, ActiveKey>();
  let readAt = Number.NEGATIVE_INFINITY;
  let notedAt = performance.now();
  let isAway = false;
  const used = new Map<number, Date>();

  async function read(): Promise<void> {
    const began = performance.now();
    const active = await readActiveKeys(pool);
    keys = new Map(active.map((key) => [key.hash.toString("hex"), key]));
    readAt = began;
    if (used.size && began - notedAt >= NOTE_USE_EVERY_MS) {
      notedAt = began;
      const noted = new Map(used);
      used.clear();
      await noteUse(pool, noted);
    }
  }

  let firstReading = () => {};
  const first = new Promise<void>((resolve) => {
    firstReading = resolve;
  });
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await read();
        if (isAway) logger.info("reading the keys again");
        isAway = false;
      } catch (error) {
        if (!isAway) logger.warn({ err: error }, "cannot read the keys, those of API_KEYS go on");
        isAway = true;
      }
      firstReading();
      await delay(READ_EVERY_MS, stopping.signal);
    }
  })();

  /** The map finds it by its hash, which tells nobody who measures it anything about another key. */
  const holds = (hash: Buffer): boolean => {
    const key = keys.get(hash.toString("hex"));
    if (key?.expiresAt && key.expiresAt.getTime() <= Date.now()) return false;
    return key !== undefined && timingSafeEqual(key.hash, hash);
  };

  return {
    async find(hash) {
      if (readAt < 0) await Promise.race([first, delay(FIRST_READING_MS, stopping.signal)]);
      if (performance.now() - readAt > KNOWN_FOR_MS)
        throw unavailable("keys cannot be looked up, the database is away; try again");
      const key = keys.get(hash.toString("hex"));
      if (!key || !holds(hash)) return undefined;
      used.set(key.keyId, new Date());
      return { id: `key:${key.keyId}`, scopes: key.scopes, holds: () => holds(hash) };
    },
    async stop() {
      stopping.abort();
      await Promise.race([running, delay(1_000)]);
    },
  };
}
