/** The reader's own zone; UTC where the browser does not know it. */
export function ownZone(): string {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone && isZone(zone) ? zone : "UTC";
}

/** An IANA name; offsets such as +01:00 are not, though Intl takes them. */
export function isZone(zone: string): boolean {
  try {
    return /^[A-Za-z]/.test(zone) && Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}

export interface ZoneGroup {
  label: string;
  zones: string[];
}

/** What to offer: the reader's own and UTC first, then the world by region; a chosen one is never missing. */
export function zoneGroups(own: string, chosen: string, all: readonly string[]): ZoneGroup[] {
  const near = [...new Set([own, "UTC", ...(all.includes(chosen) ? [] : [chosen])])];
  const regions = new Map<string, string[]>();
  for (const zone of all) {
    const [region, place] = zone.split("/");
    if (!region || !place || near.includes(zone) || region === "Etc") continue;
    regions.set(region, [...(regions.get(region) ?? []), zone]);
  }
  return [
    { label: "Near at hand", zones: near },
    ...[...regions].map(([label, zones]) => ({ label, zones })),
  ];
}
