import type pg from "pg";
import type { Planned } from "../../scenario/plan.ts";
import { STATE } from "../generator/protocol.ts";
import type { Load } from "../load.ts";
import { INTERRUPTED, reasonOf } from "./notDone.ts";

/** What a run's events became, each looked up by its id. */
export interface Account {
  /** Planned events whose time had come, in the measured part. */
  meant: number;
  /** Of these, acknowledged, or refused as a broken one must be. */
  answered: number;
  /** Acknowledged events that are stored, each once; repeats are not among them. */
  counted: number;
  /** Acknowledged messages that repeat an event, and those that are to be rejected. */
  repeats: number;
  broken: number;
  missing: number;
  /** Ids of some of the missing. */
  missingIds: string[];
  doubled: number;
  doubledIds: string[];
  /** Events without an acknowledgement that are stored all the same. */
  failedYetStored: number;
  /** Why not every event was looked up; undefined when each was. */
  notDone: string | undefined;
}

const CHUNK = 5_000;
/** Ids that a report names. */
export const NAMED = 20;
const DAY_MS = 86_400_000;

/** Looked up in one month's index, or in every month's where the event's time is long past. */
const LOOK_UP = (everywhere: boolean) => `
  select id, (select count(*)::integer from engagements e where e.event_id = id
    ${everywhere ? "" : "and e.engaged_timestamp >= $2 and e.engaged_timestamp < $3"}) as times
  from unnest($1::uuid[]) as ids (id)`;

export interface AccountOptions {
  pool: pg.Pool;
  load: Load;
  /** Of the planned events, in their order, as far as the run came. */
  states: Uint8Array;
  startedAtEpochMs: number;
  warmUpMs: number;
  /** Aborted, no more is looked up. */
  signal: AbortSignal;
  onProgress?: (done: number, of: number) => void;
}

/**
 * Goes through the plan again and looks every event up that was acknowledged or may have been stored. A database that
 * does not answer ends the looking up, and nothing else.
 */
export async function takeAccount(options: AccountOptions): Promise<Account> {
  const { pool, load, states, startedAtEpochMs, warmUpMs, signal, onProgress } = options;
  const account: Account = {
    meant: 0,
    answered: 0,
    counted: 0,
    repeats: 0,
    broken: 0,
    missing: 0,
    missingIds: [],
    doubled: 0,
    doubledIds: [],
    failedYetStored: 0,
    notDone: undefined,
  };
  const range = [startedAtEpochMs - DAY_MS, startedAtEpochMs + load.durationMs + DAY_MS].map(
    (ms) => new Date(ms),
  );

  async function lookUp(ids: string[], everywhere: boolean): Promise<Map<string, number>> {
    const values = everywhere ? [ids] : [ids, ...range];
    const { rows } = await pool.query<{ id: string; times: number }>(LOOK_UP(everywhere), values);
    return new Map(rows.map(({ id, times }) => [id, times]));
  }

  const name = (ids: string[], id: string) => {
    if (ids.length < NAMED && !ids.includes(id)) ids.push(id);
  };

  /** @param wanted ids with what is expected of each */
  async function judge(wanted: Wanted[], everywhere: boolean): Promise<void> {
    if (signal.aborted) account.notDone ??= INTERRUPTED;
    if (account.notDone !== undefined) return;
    let times: Map<string, number>;
    try {
      times = await lookUp([...new Set(wanted.map(({ id }) => id))], everywhere);
    } catch (error) {
      account.notDone = reasonOf(error);
      return;
    }
    for (const { id, isAcknowledged, isRepeat } of wanted) {
      const found = times.get(id) ?? 0;
      if (!isAcknowledged) account.failedYetStored += Math.min(1, found);
      else if (found === 0) {
        account.missing++;
        name(account.missingIds, id);
      } else {
        if (!isRepeat) account.counted++;
        if (found > 1 && !isRepeat) {
          account.doubled++;
          name(account.doubledIds, id);
        }
      }
    }
  }

  const plan = load.createPlan();
  const waiting: Record<"near" | "far", Wanted[]> = { near: [], far: [] };
  for (let index = 0; index < states.length; index++) {
    const event = plan.next() as Planned;
    const state = states[index];
    const isAcknowledged = state === STATE.acknowledged;
    if (event.intendedMs >= warmUpMs) {
      account.meant++;
      if (isAcknowledged || state === STATE.refused) account.answered++;
    }
    if (isAcknowledged && event.kind === "repeat") account.repeats++;
    if (isAcknowledged && event.kind === "broken") account.broken++;
    if (event.kind === "broken" || !(isAcknowledged || state === STATE.failed)) continue;
    const id = event.eventId(startedAtEpochMs);
    if (id === undefined) continue;
    const place = event.kind === "event" ? "near" : "far";
    waiting[place].push({ id, isAcknowledged, isRepeat: event.kind === "repeat" });
    if (waiting[place].length === CHUNK) {
      await judge(waiting[place].splice(0), place === "far");
      onProgress?.(index, states.length);
    }
  }
  await judge(waiting.near, false);
  await judge(waiting.far, true);
  return account;
}

interface Wanted {
  id: string;
  isAcknowledged: boolean;
  isRepeat: boolean;
}
