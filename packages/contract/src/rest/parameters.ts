import { z } from "zod";
import { zoneNames } from "../zones/zones.ts";

/** What paths and queries may hold. Each schema's message says what was expected; nothing is coerced. */

/** A number in a query string: decimal digits only, no blanks, signs or exponents. */
export const integer = (min: number, max: number) => {
  const expected = `expected an integer from ${min} to ${max}`;
  return z
    .string(expected)
    .regex(/^\d{1,10}$/, expected)
    .transform(Number)
    .pipe(z.number().int().min(min, expected).max(max, expected));
};

/** One of some words. */
export const word = <const W extends readonly [string, ...string[]]>(words: W) =>
  z.enum(words, `expected ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`);

export const id = integer(1, 2 ** 31 - 1);
export const limit = (max: number) => integer(1, max).default(10).describe("How many rows at most");

const TIME_ZONE = "expected an IANA time zone such as Europe/Vienna";
export const timeZone = z
  .string(TIME_ZONE)
  .max(64, TIME_ZONE)
  .refine((zone) => zoneNames(zone) !== undefined, TIME_ZONE)
  .meta({ format: "iana-time-zone", examples: ["Europe/Vienna"] });

const CATEGORY = "expected one name of 1 to 200 characters, without NUL";
/** Its length in code points, as JSON schema and PostgreSQL count. PostgreSQL's text knows no NUL, so no category has one. */
export const category = z
  .string(CATEGORY)
  .refine((name) => /^[^\0]{1,200}$/su.test(name), CATEGORY)
  .meta({ minLength: 1, maxLength: 200, pattern: "^[^\\u0000]*$", examples: ["Technology"] });

const SEARCH = "expected a text of 1 to 200 characters, without NUL";
export const searchText = z
  .string(SEARCH)
  .refine((text) => /^[^\0]{1,200}$/su.test(text), SEARCH)
  .meta({ minLength: 1, maxLength: 200, pattern: "^[^\\u0000]*$" });

const DIRECTIONS = ["asc", "desc"] as const;
export const direction = word(DIRECTIONS)
  .optional()
  .describe("Texts ascend and numbers and times descend unless this says otherwise");

const CURSOR = "expected a next_cursor of an earlier answer";
export const cursor = z
  .string(CURSOR)
  .max(500, CURSOR)
  .regex(/^[\w-]+$/, CURSOR)
  .optional()
  .describe("Goes on behind the answer that gave it as next_cursor");
export const offset = integer(0, 10_000).optional().describe("Rows passed over; not beside a cursor");

export const WINDOWS = ["5m", "1h", "24h"] as const;
export type Window = (typeof WINDOWS)[number];
export const BOARDS = ["posts", "authors", "categories"] as const;
export type Board = (typeof BOARDS)[number];
export const PERIODS = ["7d", "30d", "90d", "all"] as const;
export type Period = (typeof PERIODS)[number];
