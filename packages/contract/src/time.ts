const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * Milliseconds since the epoch of an RFC 3339 time with zone, truncated to the millisecond; NaN when it is none.
 * Stricter than Date.parse: a zone is required and 31 February is not a date. A leap second counts as the second after.
 */
export function parseTimestamp(text: string): number {
  const match = RFC3339.exec(text);
  if (!match) return Number.NaN;
  const [, y, mo, d, h, mi, s, fraction, sign, zoneHours, zoneMinutes] = match;
  const year = Number(y);
  const month = Number(mo);
  const day = Number(d);
  const hour = Number(h);
  const minute = Number(mi);
  const second = Number(s);
  if (hour > 23 || minute > 59 || second > 60) return Number.NaN;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return Number.NaN;
  const millisecond = fraction ? Number(`${fraction}00`.slice(0, 3)) : 0;
  let time = date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
  if (sign) {
    const hours = Number(zoneHours);
    const minutes = Number(zoneMinutes);
    if (hours > 23 || minutes > 59) return Number.NaN;
    time -= (sign === "+" ? 1 : -1) * (hours * 60 + minutes) * 60_000;
  }
  return time;
}

/** Time in ms held by a UUIDv7, or undefined for any other UUID. */
export function uuidV7Time(uuid: string): number | undefined {
  if (uuid.charCodeAt(14) !== 0x37 /* 7 */) return undefined;
  if (!"89abAB".includes(uuid.charAt(19))) return undefined;
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}
