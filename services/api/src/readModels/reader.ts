import { LRUCache } from "lru-cache";
import type pg from "pg";
import type { Metrics } from "../metrics.ts";
import { coalesce } from "./coalesce.ts";
import { inSnapshot, type Planning } from "./snapshot.ts";
import { readStats, type Stats } from "./stats.ts";

/** One analytical question: all that REST and live need to answer it for some parameters. */
export interface Question<P, T> {
  name: string;
  /** Where the counted time begins, at this state: part of the answer's identity. */
  windowStart(stats: Stats, params: P): string;
  /** Of its statement; for the values it is given unless this says otherwise. */
  planning?: Planning;
  /** Reads the answer in the snapshot whose stats these are; null when there is no such thing. */
  read(client: pg.ClientBase, stats: Promise<Stats>, params: P): Promise<T>;
}

export interface Answer<T> {
  stats: Stats;
  data: T;
  /** The data as JSON, and that as UTF-8, made once. */
  json: string;
  body: Buffer;
}

/** One state of the database, held still: everything asked of it belongs to one version. */
export interface Snapshot {
  client: pg.ClientBase;
  stats: Stats;
  answer<P, T>(question: Question<P, T>, params: P): Promise<Answer<T>>;
}

export interface Reader {
  /** The stats row as it is now, or later. */
  current(): Promise<Stats>;
  /** The answer at the newest version, or null data when there is no such thing. */
  answer<P, T>(question: Question<P, T>, params: P): Promise<Answer<T>>;
  snapshot<T>(body: (snapshot: Snapshot) => Promise<T>): Promise<T>;
}

/** An answer that is being read. */
interface Flight<T> {
  answer: Promise<Answer<T>>;
  /** The state it is read in, as soon as that is known; undefined when it cannot be read. */
  state: Promise<Stats | undefined>;
}

const CACHE_BYTES = 64 * 1024 * 1024;

/** The same for the same parameters, in whatever order they were given. */
export const paramsKey = (params: object): string => JSON.stringify(Object.entries(params).sort());

export function createReader(pool: pg.Pool, metrics: Metrics): Reader {
  const cache = new LRUCache<string, Answer<unknown>>({
    maxSize: CACHE_BYTES,
    // The parsed rows weigh a few times their JSON.
    sizeCalculation: (answer, key) => key.length + answer.json.length * 5 + 500,
  });
  const inFlight = new Map<string, Flight<unknown>>();
  /** What was read last. */
  let seen: Stats | undefined;
  const see = (stats: Stats): Stats => {
    seen = stats;
    return stats;
  };
  const current = coalesce(async () => see(await readStats(pool)));

  const keyOf = <P, T>(question: Question<P, T>, params: P, stats: Stats) =>
    [question.name, stats.version, question.windowStart(stats, params), paramsKey(params as object)].join(
      "|",
    );

  function cached<P, T>(question: Question<P, T>, params: P, stats: Stats): Answer<T> | undefined {
    const hit = cache.get(keyOf(question, params, stats)) as Answer<T> | undefined;
    if (!hit) return undefined;
    metrics.answers.inc({ question: question.name, source: "cache" });
    // While there is nothing to count, as_of moves within a version.
    return { ...hit, stats };
  }

  async function read<P, T>(
    client: pg.ClientBase,
    snapshotStats: Promise<Stats>,
    question: Question<P, T>,
    params: P,
  ): Promise<Answer<T>> {
    metrics.answers.inc({ question: question.name, source: "database" });
    const [data, stats] = await Promise.all([question.read(client, snapshotStats, params), snapshotStats]);
    see(stats);
    const json = JSON.stringify(data);
    const answer = { stats, data, json, body: Buffer.from(json) };
    // What does not exist may come to exist within a version, so its absence is not kept.
    if (data !== null) cache.set(keyOf(question, params, stats), answer);
    return answer;
  }

  const snapshot = <T>(body: (snapshot: Snapshot) => Promise<T>): Promise<T> =>
    inSnapshot(pool, async (client, opening) => {
      const stats = await opening;
      return body({
        client,
        stats,
        answer: async (question, params) =>
          cached(question, params, stats) ?? read(client, opening, question, params),
      });
    });

  /** Reads it, for everybody who asks for the same state of it meanwhile; expected to be this one. */
  function readOnce<P, T>(expected: Stats, question: Question<P, T>, params: P): Flight<T> {
    let opened: (stats: Promise<Stats>) => void = () => {};
    const opening = new Promise<Stats>((resolve) => {
      opened = resolve;
    });
    const answer = inSnapshot(
      pool,
      (client, stats) => {
        opened(stats);
        return read(client, stats, question, params);
      },
      question.planning,
    );
    const state = Promise.race([opening, answer.then(({ stats }) => stats)]).catch(() => undefined);
    const flight = { answer, state };
    const keys = new Set<string>();
    const register = (stats: Stats) => {
      const key = keyOf(question, params, stats);
      if (inFlight.has(key)) return;
      inFlight.set(key, flight);
      keys.add(key);
    };
    register(expected);
    let landed = false;
    void state.then((stats) => {
      if (stats && !landed) register(stats);
    });
    const land = () => {
      landed = true;
      for (const key of keys) inFlight.delete(key);
    };
    answer.then(land, land);
    return flight;
  }

  async function answer<P, T>(question: Question<P, T>, params: P): Promise<Answer<T>> {
    const key = seen && keyOf(question, params, seen);
    const flight = key ? (inFlight.get(key) as Flight<T> | undefined) : undefined;
    // Not kept at the last version seen: it has to be read at whatever version there is now.
    if (seen && key && !flight && !cache.has(key)) return readOnce(seen, question, params).answer;
    const [stats, joined] = await Promise.all([current(), flight?.state]);
    const hit = cached(question, params, stats);
    if (hit) return hit;
    if (flight && joined?.version === stats.version) return flight.answer;
    const running = inFlight.get(keyOf(question, params, stats)) as Flight<T> | undefined;
    return (running ?? readOnce(stats, question, params)).answer;
  }

  return { current, answer, snapshot };
}
