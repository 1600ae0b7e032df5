import { runAudit } from "../../support/audit.ts";
import { recovered, settled } from "../recovery.ts";
import { readTopic } from "../topicContent.ts";
import { logNumbers, type World } from "../world.ts";
import { accountDeviations, readAccounts } from "./accounts.ts";
import { expectedOf } from "./expected.ts";
import { rejectedDeviations, rowDeviations } from "./rows.ts";

export interface CheckResult {
  deviations: string[];
  stored: number;
  rejected: number;
  duplicates: number;
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
    const accounts = await readAccounts(world);
    const expected = expectedOf(accounts, world.logs);
    const audit = await runAudit(world.postgres.url);
    const sum = (key: "stored" | "rejected" | "duplicates") =>
      accounts.reduce((total, account) => total + account[key], 0);
    const deviations = [
      ...(await rowDeviations(world, expected)),
      ...(await rejectedDeviations(world, expected)),
      ...accountDeviations(accounts, expected, world.logs),
      ...unknownAcknowledged(world),
      ...(audit.code === 0 ? [] : [`npm run audit ended with ${audit.code}:\n${audit.output}`]),
    ];
    if (sum("stored") !== expected.events.size)
      deviations.push(`${sum("stored")} stored, ${expected.events.size} distinct events in the logs`);
    return {
      deviations,
      stored: sum("stored"),
      rejected: sum("rejected"),
      duplicates: sum("duplicates"),
      gaps: accounts.reduce(
        (total, { gaps }) => total + gaps.reduce((n, { from, to }) => n + to - from, 0),
        0,
      ),
      closedLogs: accounts.length - new Set(accounts.map(({ partition }) => partition)).size,
      lostUnread: lostUnread(world, expected.events),
    };
  });
}

const ID = /"event_id":"([0-9a-f-]{36})"/;

/** What the broker has acknowledged stands in a log, be it one that is gone. */
function unknownAcknowledged({ publisher, logs }: World): string[] {
  const missing = new Set(publisher.acknowledged);
  for (const { value } of logs.all()) {
    const id = value && value.length < 1_000 && ID.exec(value.toString())?.[1];
    if (id) missing.delete(id);
  }
  if (missing.size === 0) return [];
  return [
    `${missing.size} acknowledged events stand in no log, such as ${[...missing].slice(0, 5).join(", ")}`,
  ];
}

function lostUnread({ publisher }: World, events: Map<string, unknown>): number {
  const counted = new Set([...events.keys()].map((identity) => identity.split(" ")[1]));
  return [...publisher.acknowledged].filter((id) => !counted.has(id)).length;
}
