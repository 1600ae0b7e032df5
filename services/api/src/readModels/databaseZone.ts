import { sqlState } from "@pulseboard/runtime";

/**
 * IANA zones whose names PostgreSQL takes for abbreviations, which know no summer time, with the zones that IANA has them
 * be links to.
 */
const LINKS: Record<string, string> = {
  CET: "Europe/Brussels",
  EET: "Europe/Athens",
  MET: "Europe/Brussels",
  WET: "Europe/Lisbon",
};

/** SQLSTATE of a zone that is none; its words are in the server's language. */
const INVALID_PARAMETER_VALUE = "22023";

/** A zone that this program knows, and the database does not. */
export class UnknownZone extends Error {
  override name = "UnknownZone";
}

/**
 * Runs a query of a zone, under the name by which `at time zone` knows it.
 * @throws UnknownZone
 */
export async function inZone<T>(zone: string, query: (name: string) => Promise<T>): Promise<T> {
  try {
    return await query(LINKS[zone.toUpperCase()] ?? zone);
  } catch (error) {
    throw sqlState(error) === INVALID_PARAMETER_VALUE ? new UnknownZone(zone, { cause: error }) : error;
  }
}
