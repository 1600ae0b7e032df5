import { runAudit } from "../../support/audit.ts";
import { recovered, settled } from "../recovery.ts";
import { readTopic } from "../topicContent.ts";
import { logNumbers, type World } from "../world.ts";
import { accountDeviations, readAccounts } from "./accounts.ts";
import { archiveDeviations, horizonDeviations, readArchive } from "./archive.ts";
import { type Expectation, expectedOf } from "./expected.ts";
import { readRejected, rejectedDeviations } from "./rejected.ts";
import { rowDeviations } from "./rows.ts";
import { windowDeviations } from "./windows.ts";

export interface CheckResult {
  deviations: string[];
  stored: number;
  rejected: number;
  duplicates: number;
  /** Of the stored, those in months that were dropped. */
  archived: number;
  monthsArchived: number;
  /** Offsets recorded as gone before they were read. */
  gaps: number;
  /** Logs that ended, of all partitions. */
  closedLogs: number;
  /** Acknowledged events that no database row can hold: their log was lost before they were read. */
  lostUnread: number;
}

/**
 * Holds the database against the content of the topic, as a plain consumer reads it, and of the logs that are gone;
 * beside it `npm run audit`. Nothing is published meanwhile.
 */
export async function check(world: World): Promise<CheckResult> {
  return world.publisher.quietly(async () => {
    await recovered(world);
    await settled(world);
    world.logs.remember(await readTopic(world.broker.address), await logNumbers(world));
    const result = await world.housekeeping.finished(() => holdAgainstLogs(world));
    const audit = await runAudit(world.postgres.url);
    if (audit.code !== 0) result.deviations.push(`npm run audit ended with ${audit.code}:\n${audit.output}`);
    return result;
  });
}

/** Holds the database against what is remembered of the logs: everything was read before, and nothing moves. */
export async function holdAgainstLogs(world: World): Promise<CheckResult> {
  const { logs, housekeeping, traffic } = world;
  const accounts = await readAccounts(world);
  const rejectedRows = await readRejected(world);
  const archive = await readArchive(world);
  const expected = expectedOf(accounts, logs, {
    horizon: archive.horizon,
    erased: housekeeping.erased,
    ahead: traffic.ahead,
    rejectedAs: new Map(rejectedRows.map(({ place, reason }) => [place, reason])),
  });
  const sum = (key: "stored" | "rejected" | "duplicates") =>
    accounts.reduce((total, account) => total + account[key], 0);
  const deviations = [
    ...(await rowDeviations(world, expected, archive.horizon)),
    ...rejectedDeviations(rejectedRows, expected, housekeeping.erased),
    ...accountDeviations(accounts, expected, logs),
    ...archiveDeviations(archive, expected),
    ...horizonDeviations(archive, housekeeping.retention.months),
    ...(await windowDeviations(world)),
    ...unknownAcknowledged(world),
  ];
  if (sum("stored") !== expected.events.size)
    deviations.push(`${sum("stored")} stored, ${expected.events.size} distinct events in the logs`);
  return {
    deviations,
    stored: sum("stored"),
    rejected: sum("rejected"),
    duplicates: sum("duplicates"),
    archived: [...archive.months.values()].reduce((total, count) => total + count, 0),
    monthsArchived: archive.months.size,
    gaps: accounts.reduce((total, { gaps }) => total + gaps.reduce((n, { from, to }) => n + to - from, 0), 0),
    closedLogs: accounts.length - new Set(accounts.map(({ partition }) => partition)).size,
    lostUnread: lostUnread(world, expected),
  };
}

const ID = /"event_id":"([0-9a-f-]{36})"/;

const idIn = (value: Buffer | null): string | undefined =>
  value && value.length < 1_000 ? ID.exec(value.toString())?.[1] : undefined;

/** What the broker has acknowledged stands in a log, be it one that is gone. */
function unknownAcknowledged({ publisher, logs }: World): string[] {
  const missing = new Set(publisher.acknowledged.ids);
  for (const { value } of logs.all()) {
    const id = idIn(value);
    if (id) missing.delete(id);
  }
  if (missing.size === 0) return [];
  return [
    `${missing.size} acknowledged events stand in no log, such as ${[...missing].slice(0, 5).join(", ")}`,
  ];
}

function lostUnread({ publisher }: World, { events, rejected }: Expectation): number {
  const passed = new Set([...events.keys()].map((identity) => identity.split(" ")[1]));
  for (const { record } of rejected.values()) passed.add(idIn(record.value));
  return [...publisher.acknowledged.ids].filter((id) => !passed.has(id)).length;
}
