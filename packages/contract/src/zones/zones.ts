import { ZONE_NAMES } from "./names.ts";

/** The zone's own name, then its links. */
type Names = readonly [string, ...string[]];

let table: ReadonlyMap<string, Names> | undefined;

/** By each name in lower case. */
function readTable(): ReadonlyMap<string, Names> {
  const zones = ZONE_NAMES.trim()
    .split("\n")
    .map((line) => line.split(" ") as unknown as Names);
  return new Map(zones.flatMap((names) => names.map((name) => [name.toLowerCase(), names] as const)));
}

function namesInTable(zone: string): Names | undefined {
  table ??= readTable();
  return table.get(zone.toLowerCase());
}

/** The name under which this runtime has the zone, or undefined when it does not know it. */
function nameInIntl(zone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** Names of three letters that IANA does not have are abbreviations to Intl: BST is the time of Bangladesh there. */
const mayBeName = (zone: string): boolean => /^[A-Za-z]/.test(zone) && zone.length !== 3;

/**
 * All names of a zone, IANA's own first: `Asia/Kolkata`, `Asia/Calcutta`. Letters of any case; undefined for what is no
 * zone's name, offsets such as +01:00 among them. A name that the table has not, newer or retired, is looked up in this
 * runtime's.
 */
export function zoneNames(zone: string): Names | undefined {
  const names = namesInTable(zone);
  if (names || !mayBeName(zone)) return names;
  const name = nameInIntl(zone);
  return name === undefined ? undefined : (namesInTable(name) ?? [name]);
}

/** One name for all names of a zone; what is no zone's name stays as it is. */
export const canonicalZone = (zone: string): string => zoneNames(zone)?.[0] ?? zone;
