import { checkDatabase, createClient } from "@pulseboard/runtime";
import { eraseEngagements } from "./engagements.ts";
import { register } from "./register.ts";
import { eraseRejectedEvents } from "./rejectedEvents.ts";

/** What was found of the user, over every run: the row of erasures. */
export interface Erasure {
  finished_at: Date;
  users: number;
  engagements: number;
  rejected_events: number;
}

/**
 * Takes a user out of everything that is stored, and keeps the id out of what is still to come. Safe while ingest
 * writes; an interrupted run is finished by the next one, and one more changes nothing.
 * @param step told what is being looked through
 */
export async function erase(
  databaseUrl: string,
  userId: number,
  step: (name: string) => void = () => {},
): Promise<Erasure> {
  await checkDatabase(databaseUrl);
  const client = createClient({ databaseUrl, applicationName: "pulseboard-erase" });
  await client.connect();
  try {
    // Stopped in the middle of a transaction, it would keep every writer waiting.
    await client.query("set idle_in_transaction_session_timeout = '5s'");
    step("waiting for the writes under way");
    await register(client, userId);
    await client.query(
      `with deleted as (delete from users where user_id = $1 returning 1)
       update erasures set users = users + (select count(*) from deleted) where user_id = $1`,
      [userId],
    );
    await eraseEngagements(client, userId, step);
    step("rejected events");
    await eraseRejectedEvents(client, userId);
    const { rows } = await client.query<Erasure>(
      `update erasures set finished_at = clock_timestamp() where user_id = $1
       returning finished_at, users, engagements, rejected_events`,
      [userId],
    );
    return rows[0]!;
  } finally {
    await client.end();
  }
}
