import type { EngagementType } from "@pulseboard/contract";
import { createRandom, hash, type Random } from "../random.ts";

/** A bot stays at one post for so long. */
const STAY_MS = 600_000;
/** Bots go for one of so many of the newest posts. */
const NEWEST = 50;
const LIKES = 0.3;

export interface BotVisit {
  type: EngagementType;
  /** Place among the posts, newest first. */
  post: number;
  userId: number;
}

/** Users whom no human hand could be: a few ids with a share of all engagements, each at one post at a time. */
export function createBots(seed: number, users: number, userIds: Int32Array) {
  const choose = createRandom(seed, "bots");
  const ids = Array.from(
    { length: Math.min(users, userIds.length) },
    () => userIds[choose.below(userIds.length)] as number,
  );
  return {
    /** @param posts how many there are; undefined without users */
    visit(ms: number, posts: number, random: Random): BotVisit | undefined {
      if (!ids.length) return undefined;
      const bot = random.below(ids.length);
      const stay = Math.floor(ms / STAY_MS);
      return {
        type: random.float() < LIKES ? "like" : "view",
        post: hash(seed, "bot", bot, stay) % Math.min(posts, NEWEST),
        userId: ids[bot] as number,
      };
    },
  };
}
