import { type Context, newOutcome, type Outcome, patiently, refuse } from "../context.ts";
import type { InputFile } from "../options.ts";
import type { Refused } from "../read/row.ts";
import { isRefused, type Row } from "../read/row.ts";
import { readRows } from "../read/rows.ts";
import { ENGAGEMENTS } from "../tables/engagements.ts";
import { derivedEventId } from "./eventId.ts";
import { judgeEvent, type TimedEvent, type Times } from "./judge.ts";
import { FIRST_PASS, Ordinals, type Pass } from "./ordinals.ts";
import type { OutgoingMessage, Publisher } from "./publisher.ts";

type Judged = { line: number; event: TimedEvent };

/**
 * Publishes the rows of a file, each with its own event_id or the derived one; resolves once all is acknowledged.
 * Without a publisher it only judges them.
 */
export async function importEngagements(
  context: Context,
  file: InputFile,
  publisher: Publisher | undefined,
): Promise<Outcome> {
  const { path } = file;
  const outcome = newOutcome(file.kind);
  const times = await readTimes(context);
  const passes: Pass[] = [FIRST_PASS];
  for (let pass = passes.pop(); pass; pass = passes.pop()) {
    const isFirst = pass === FIRST_PASS;
    const ordinals = new Ordinals(pass);
    for await (const { rows, bytes } of readRows(path, ENGAGEMENTS)) {
      const { events, refused } = await judgeRows(context, rows, times);
      if (publisher) await publisher.send(messagesOf(events, ordinals, isFirst));
      context.progress.add(isFirst ? rows.length : 0, bytes);
      if (!isFirst) continue;
      for (const refusal of refused) refuse(context, path, outcome, refusal);
      outcome.rows += rows.length;
    }
    passes.push(...ordinals.later);
    context.progress.again(ordinals.later.length * file.bytes);
  }
  await publisher?.flush();
  outcome.published = publisher?.acknowledged() ?? outcome.rows - outcome.refused;
  return outcome;
}

async function readTimes(context: Context): Promise<Times> {
  const { rows } = await patiently(context, () =>
    context.pool.query<{ events_from: Date }>("select events_from from storage_rules"),
  );
  return { now: Date.now(), eventsFrom: rows[0]!.events_from.getTime() };
}

async function judgeRows(
  context: Context,
  rows: readonly (Row | Refused)[],
  times: Times,
): Promise<{ events: Judged[]; refused: Refused[] }> {
  const { posts } = context.references;
  const judged: Judged[] = [];
  const refused: Refused[] = [];
  for (const row of rows) {
    const event = isRefused(row) ? row : judgeEvent(row, times);
    if (isRefused(event)) refused.push(event);
    else judged.push({ line: row.line, event });
  }
  await patiently(context, () =>
    posts.lookUp(
      context.pool,
      judged.map(({ event }) => event.postId),
    ),
  );
  const events = judged.filter(({ line, event: { postId } }) => {
    if (posts.has(postId)) return true;
    const expected = `one of the posts: ${postId} is neither imported nor in the catalogue`;
    refused.push({ line, field: "post_id", expected });
    return false;
  });
  return { events, refused: refused.sort((a, b) => a.line - b.line) };
}

/** Events with an id of their own are the first pass's. */
function messagesOf(events: readonly Judged[], ordinals: Ordinals, isFirst: boolean): OutgoingMessage[] {
  const messages: OutgoingMessage[] = [];
  for (const { line, event } of events) {
    const { eventId, type, postId, userId, engagedAt } = event;
    if (eventId !== undefined && !isFirst) continue;
    const id = eventId ?? derivedEventId(event, line, ordinals);
    if (id === undefined) continue;
    const value = JSON.stringify({
      event_id: id,
      type,
      post_id: postId,
      user_id: userId,
      engaged_timestamp: new Date(engagedAt).toISOString(),
    });
    messages.push({ key: String(postId), value });
  }
  return messages;
}
