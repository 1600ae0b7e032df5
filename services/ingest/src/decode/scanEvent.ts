import { ENGAGEMENT_TYPES, MAX_FUTURE_MS, MAX_ID, MIN_TIME_MS, parseTimestamp } from "@pulseboard/contract";
import type { EventColumns } from "./columns.ts";
import { readUuid, timeOfUuid } from "./uuid.ts";

/**
 * The common shape of an event, read from its bytes without a string or an object: a flat object of the contract's
 * fields, each at most once, with plain ASCII strings and plain integers, that is valid. Whatever differs, be it wrong
 * or only unusual, is left to JSON.parse and validateEvent; a property test holds the two equal.
 */

/** Bytes; an event of this shape has about 200. */
const LONGEST = 1_000;

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const SPACE = 32;

const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
const EVENT_ID = ascii('event_id"');
const TYPE = ascii('type"');
const POST_ID = ascii('post_id"');
const USER_ID = ascii('user_id"');
const ENGAGED = ascii('engaged_timestamp"');
const NULL = ascii("null");
const TYPES = ENGAGEMENT_TYPES.map((type) => ascii(`${type}"`));

const HAS_ID = 1;
const HAS_TYPE = 2;
const HAS_POST = 4;
const HAS_USER = 8;
const HAS_TIME = 16;

export const Scan = {
  /** Wrong, or only unusual. */
  UNUSUAL: 0,
  /** Every column is filled. */
  WHOLE: 1,
  /** The event brought no id; where it brought no time either, its time is NaN. */
  WITHOUT_ID: 2,
} as const;
export type Scan = (typeof Scan)[keyof typeof Scan];

/**
 * Reads the event at [from, to) of `value` into the columns at `index`. A scan may look at bytes behind `to`, but none
 * that does not end there is of the common shape.
 */
export function scanEvent(
  value: Uint8Array,
  from: number,
  to: number,
  now: number,
  columns: EventColumns,
  index: number,
): Scan {
  if (to - from > LONGEST) return Scan.UNUSUAL;
  let at = skip(value, from, 123 /* { */);
  let seen = 0;
  columns.users[index] = 0;
  for (;;) {
    at = skip(value, at, QUOTE);
    let field = 0;
    switch (value[at]) {
      case 101: // e
        if (value[at + 1] === 118 /* v */) {
          field = HAS_ID;
          at = skip(value, afterWord(value, at, EVENT_ID), COLON);
          at = afterId(value, at, columns.ids, 16 * index);
        } else {
          field = HAS_TIME;
          at = skip(value, afterWord(value, at, ENGAGED), COLON);
          at = afterTime(value, at, columns.times, index);
        }
        break;
      case 116: // t
        field = HAS_TYPE;
        at = skip(value, afterWord(value, at, TYPE), COLON);
        at = afterType(value, at, columns.types, index);
        break;
      case 112: // p
        field = HAS_POST;
        at = skip(value, afterWord(value, at, POST_ID), COLON);
        at = afterInteger(value, at, columns.posts, index);
        break;
      case 117: // u
        field = HAS_USER;
        at = skip(value, afterWord(value, at, USER_ID), COLON);
        at =
          value[at] === NULL[0] ? afterWord(value, at, NULL) : afterInteger(value, at, columns.users, index);
        break;
    }
    if (field === 0 || (seen & field) !== 0 || at === NOWHERE) return Scan.UNUSUAL;
    seen |= field;
    while (value[at] === SPACE) at++;
    if (value[at] !== COMMA) break;
    at = skip(value, at, COMMA);
  }
  if (value[at] !== 125 /* } */ || at + 1 !== to) return Scan.UNUSUAL;
  if ((seen & (HAS_TYPE | HAS_POST)) !== (HAS_TYPE | HAS_POST)) return Scan.UNUSUAL;
  const hasId = (seen & HAS_ID) !== 0;
  if ((seen & HAS_TIME) === 0) {
    columns.times[index] = (hasId ? timeOfUuid(columns.ids, 16 * index) : undefined) ?? Number.NaN;
    if (!hasId) return Scan.WITHOUT_ID;
  }
  if (!isTaken(columns.times[index]!, now)) return Scan.UNUSUAL;
  return hasId ? Scan.WHOLE : Scan.WITHOUT_ID;
}

/** Whether an event of this time, ms, is neither too old nor too far ahead. */
export const isTaken = (time: number, now: number): boolean =>
  time >= MIN_TIME_MS && time <= now + MAX_FUTURE_MS;

/** Where nothing is: every read there gives undefined, and every step from there leads nowhere again. */
const NOWHERE = 0x3fffffff;

/** Behind `byte` and the spaces around it. */
function skip(value: Uint8Array, from: number, byte: number): number {
  let at = from;
  while (value[at] === SPACE) at++;
  if (value[at] !== byte) return NOWHERE;
  at++;
  // Inside a string a space is content: nothing is skipped behind a quote.
  if (byte !== QUOTE) while (value[at] === SPACE) at++;
  return at;
}

function afterWord(value: Uint8Array, at: number, word: Uint8Array): number {
  for (let i = 0; i < word.length; i++) if (value[at + i] !== word[i]) return NOWHERE;
  return at + word.length;
}

function afterId(value: Uint8Array, at: number, ids: Uint8Array, to: number): number {
  if (value[at] !== QUOTE || value[at + 37] !== QUOTE) return NOWHERE;
  return readUuid(value, at + 1, ids, to) ? at + 38 : NOWHERE;
}

function afterType(value: Uint8Array, at: number, types: Uint8Array, index: number): number {
  if (value[at] !== QUOTE) return NOWHERE;
  for (let type = 0; type < TYPES.length; type++) {
    const end = afterWord(value, at + 1, TYPES[type]!);
    if (end === NOWHERE) continue;
    types[index] = type;
    return end;
  }
  return NOWHERE;
}

/** 1 to MAX_ID, without a sign, leading zeros, fraction or exponent. */
function afterInteger(value: Uint8Array, from: number, column: Int32Array, index: number): number {
  let at = from;
  let number = 0;
  for (let digit = value[at]! - 48; digit >= 0 && digit <= 9; digit = value[at]! - 48) {
    number = number * 10 + digit;
    if (number === 0 || number > MAX_ID) return NOWHERE;
    at++;
  }
  column[index] = number;
  return at === from ? NOWHERE : at;
}

/** Most events are of the same day as the one before. */
const lastDay = { text: new Uint8Array(10), ms: Number.NaN };

/** "2026-11-22T12:34:56.789Z", with or without the milliseconds. */
function afterTime(value: Uint8Array, start: number, times: Float64Array, index: number): number {
  if (value[start] !== QUOTE) return NOWHERE;
  const at = start + 1;
  if (value[at + 10] !== 84 /* T */ || value[at + 13] !== COLON || value[at + 16] !== COLON) return NOWHERE;
  const hour = twoDigits(value, at + 11);
  const minute = twoDigits(value, at + 14);
  const second = twoDigits(value, at + 17);
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return NOWHERE;
  let end = at + 19;
  let millisecond = 0;
  if (value[end] === 46 /* . */) {
    millisecond = twoDigits(value, end + 1) * 10 + digitAt(value, end + 3);
    if (!(millisecond <= 999)) return NOWHERE;
    end += 4;
  }
  if (value[end] !== 90 /* Z */ || value[end + 1] !== QUOTE) return NOWHERE;
  times[index] = startOfDay(value, at) + ((hour * 60 + minute) * 60 + second) * 1_000 + millisecond;
  return end + 2;
}

const digitAt = (value: Uint8Array, at: number): number => {
  const digit = value[at]! - 48;
  return digit >= 0 && digit <= 9 ? digit : Number.NaN;
};

const twoDigits = (value: Uint8Array, at: number): number => digitAt(value, at) * 10 + digitAt(value, at + 1);

/** NaN when the ten characters at `at` are no date. */
function startOfDay(value: Uint8Array, at: number): number {
  const { text } = lastDay;
  let same = true;
  for (let i = 9; i >= 0 && same; i--) same = value[at + i] === text[i];
  if (same) return lastDay.ms;
  for (let i = 0; i < 10; i++) text[i] = value[at + i]!;
  lastDay.ms = parseTimestamp(`${String.fromCharCode(...text)}T00:00:00Z`);
  return lastDay.ms;
}
