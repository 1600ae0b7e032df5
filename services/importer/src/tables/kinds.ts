import { isWebUrl, MAX_ID, MAX_URL_LENGTH, parseTimestamp } from "@pulseboard/contract";

/** What a column holds, and so how a cell of CSV is read and a value of JSON judged. */
export type Kind =
  | { is: "id" }
  | { is: "count" }
  | { is: "text"; most: number }
  | { is: "date" }
  | { is: "time" }
  | { is: "boolean" }
  | { is: "url" }
  | { is: "tags" }
  /** Not judged here: events have rules of their own. */
  | { is: "number" | "string" };

const MAX_TAGS = 100;
const MAX_TAG = 200;
const FIRST_TIME = Date.UTC(1900, 0, 1);
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const BOOLEANS: Record<string, boolean> = {
  true: true,
  t: true,
  "1": true,
  false: false,
  f: false,
  "0": false,
};

/** A cell as the value JSON would have; an empty one is null, and what is no such value stays text. */
export function readCell(kind: Kind, cell: string): unknown {
  if (cell === "") return null;
  switch (kind.is) {
    case "id":
    case "count":
    case "number":
      return /^\d{1,10}$/.test(cell) ? Number(cell) : cell;
    case "boolean":
      return BOOLEANS[cell.toLowerCase()] ?? cell;
    case "tags":
      return readTags(cell);
    default:
      return cell;
  }
}

/** `["a","b"]`, or as PostgreSQL writes a text[]: `{a,"b c"}`. */
function readTags(cell: string): unknown {
  if (cell.startsWith("[")) {
    try {
      return JSON.parse(cell);
    } catch {
      return cell;
    }
  }
  if (!/^\{(("(?:[^"\\]|\\.)*"|[^",{}\\\s]+)(,(?!\}$)|(?=\}$)))*\}$/.test(cell)) return cell;
  return Array.from(cell.matchAll(/"((?:[^"\\]|\\.)*)"|[^",{}]+/g), ([bare, quoted]) =>
    quoted === undefined ? bare : quoted.replace(/\\(.)/g, "$1"),
  );
}

const EXPECTED: Record<Kind["is"], string> = {
  id: `an integer from 1 to ${MAX_ID}`,
  count: `an integer from 0 to ${MAX_ID}`,
  text: "text",
  date: "a date such as 2026-11-22, from 1900 on",
  time: "an RFC 3339 time with zone, from 1900 on",
  boolean: "true or false",
  url: `an http or https URL of at most ${MAX_URL_LENGTH} characters`,
  tags: `a list of at most ${MAX_TAGS} texts of 1 to ${MAX_TAG} characters, ["a","b"] or {a,b}`,
  number: "a number",
  string: "text",
};

/** Text that PostgreSQL takes: no NUL, no half of a surrogate pair; its length in code points. */
const isText = (value: unknown, most: number): value is string =>
  typeof value === "string" &&
  value.length >= 1 &&
  (value.length <= most || (value.length <= 2 * most && Array.from(value).length <= most)) &&
  !value.includes("\0") &&
  !/\p{Surrogate}/u.test(value);

const isInteger = (value: unknown, least: number): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= MAX_ID;

/** The value as it is stored, or what was expected instead. Null is for the caller. */
export function judge(kind: Kind, value: unknown): { value: unknown } | { expected: string } {
  const stored = storedAs(kind, value);
  if (stored !== undefined) return { value: stored };
  return { expected: kind.is === "text" ? `text of 1 to ${kind.most} characters` : EXPECTED[kind.is] };
}

function storedAs(kind: Kind, value: unknown): unknown {
  switch (kind.is) {
    case "id":
      return isInteger(value, 1) ? value : undefined;
    case "count":
      return isInteger(value, 0) ? value : undefined;
    case "text":
      return isText(value, kind.most) ? value : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "url":
      return typeof value === "string" && isWebUrl(value) ? value : undefined;
    case "tags":
      return isTags(value) ? value : undefined;
    case "date":
      return typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && isTime(`${value}T00:00:00Z`)
        ? value
        : undefined;
    case "time":
      return typeof value === "string" ? storedTime(value) : undefined;
    default:
      return value;
  }
}

const isTags = (value: unknown): boolean =>
  Array.isArray(value) && value.length <= MAX_TAGS && value.every((tag) => isText(tag, MAX_TAG));

const isTime = (text: string): boolean => {
  const time = parseTimestamp(text);
  return time >= FIRST_TIME && time <= LAST_TIME;
};

/** In UTC, to the microsecond that PostgreSQL keeps. */
function storedTime(written: string): string | undefined {
  const text = withMinutes(written);
  if (!isTime(text)) return undefined;
  const micros = /\.\d{3}(\d{1,3})/.exec(text)?.[1] ?? "";
  return new Date(parseTimestamp(text)).toISOString().replace("Z", `${micros}Z`);
}

/** PostgreSQL writes a zone of whole hours as +00; RFC 3339 wants +00:00. */
export const withMinutes = (text: string): string => (/:.*[+-]\d\d$/.test(text) ? `${text}:00` : text);
