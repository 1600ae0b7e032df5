import { setTimeout as sleep } from "node:timers/promises";

const LONGEST_MS = 90_000;

/** @throws when the moment does not come */
export async function inTime(moment: Promise<void>, what: string): Promise<void> {
  const came = moment.then(() => true);
  const late = sleep(LONGEST_MS, false, { ref: false });
  if (!(await Promise.race([came, late]))) throw new Error(`waited ${LONGEST_MS} ms for ${what}`);
}
