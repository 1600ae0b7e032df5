const DIGIT_0 = 48;
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/** The number of `count` digits at `at`, NaN where one is none. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - DIGIT_0;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar, NaN when there is no such day. */
function epochDay(year: number, month: number, day: number): number {
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1)) return Number.NaN;
  const length =
    month === 2
      ? isLeap(year)
        ? 29
        : 28
      : month === 4 || month === 6 || month === 9 || month === 11
        ? 30
        : 31;
  if (day > length) return Number.NaN;
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const ofYear = DAYS_BEFORE_MONTH[month - 1]! + (month > 2 && isLeap(year) ? 1 : 0) + day - 1;
  return before * 365 + leapDays + ofYear - 719_162;
}

/**
 * Milliseconds since the epoch of an RFC 3339 time with zone, truncated to the millisecond; NaN when it is none.
 * Stricter than Date.parse: a zone is required and 31 February is not a date. A leap second counts as the second
 * after. By character codes, since ingest reads one for every event.
 */
export function parseTimestamp(text: string): number {
  const separator = text.charCodeAt(10);
  if (separator !== 84 /* T */ && separator !== 116 /* t */ && separator !== 32) return Number.NaN;
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return Number.NaN;
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return Number.NaN;
  const day = epochDay(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2));
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return Number.NaN;

  let at = 19;
  let millisecond = 0;
  if (text.charCodeAt(at) === 46 /* . */) {
    const first = ++at;
    for (
      let digit = text.charCodeAt(at) - DIGIT_0;
      digit >= 0 && digit <= 9;
      digit = text.charCodeAt(at) - DIGIT_0
    ) {
      if (at - first < 3) millisecond += digit * 10 ** (2 - (at - first));
      at++;
    }
    if (at === first) return Number.NaN;
  }
  const time = day * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1_000 + millisecond;
  const zone = text.charCodeAt(at);
  if (zone === 90 /* Z */ || zone === 122 /* z */) return text.length === at + 1 ? time : Number.NaN;
  if (
    (zone !== 43 /* + */ && zone !== 45) /* - */ ||
    text.length !== at + 6 ||
    text.charCodeAt(at + 3) !== 58
  )
    return Number.NaN;
  const zoneHours = digits(text, at + 1, 2);
  const zoneMinutes = digits(text, at + 4, 2);
  if (!(zoneHours <= 23 && zoneMinutes <= 59)) return Number.NaN;
  const offset = (zoneHours * 60 + zoneMinutes) * 60_000;
  return zone === 43 ? time - offset : time + offset;
}

/** Time in ms held by a UUIDv7, or undefined for any other UUID. */
export function uuidV7Time(uuid: string): number | undefined {
  if (uuid.charCodeAt(14) !== 0x37 /* 7 */) return undefined;
  if (!"89abAB".includes(uuid.charAt(19))) return undefined;
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}
