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

/** The name under which `at time zone` knows the zone. */
export const databaseZone = (zone: string): string => LINKS[zone.toUpperCase()] ?? zone;
