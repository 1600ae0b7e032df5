import { createHash, randomBytes } from "node:crypto";

/** A new key: 256 random bits. The prefix lets scanners of repositories and logs find one that was leaked. */
export const newKey = (): string => `pulseboard_${randomBytes(32).toString("base64url")}`;

/**
 * What of a key is kept: its SHA-256. A slow hash (bcrypt, argon2) is for what people think up; 256 random bits cannot
 * be tried out, and a slow hash on every request would be a way to keep the API busy.
 */
export const hashKey = (key: string): Buffer => createHash("sha256").update(key).digest();
