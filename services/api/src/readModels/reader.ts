import { LRUCache } from "lru-cache";
import type pg from "pg";
import type { Metrics } from "../metrics.ts";
import { coalesce } from "./coalesce.ts";
import { createFlights, type Flight } from "./flights.ts";
import { inSnapshot, OutdatedSnapshot, type Planning } from "./snapshot.ts";
import { readStats, type Stats } from "./stats.ts";

/** One analytical question: all that REST and live need to answer it for some parameters. */
export interface Question<P, T> {
  name: string;
  /** One of the parameters that have the same answer, the same for all of them; those given unless this says otherwise. */
  canonical?(params: P): P;
  /** Where the counted time begins, at this state: part of the answer's identity. */
  windowStart(stats: Stats, params: P): string;
  /** Of its statement; for the values it is given unless this says otherwise. */
  planning?: Planning;
  /** What the answer goes by that is older than its version: part of its identity, and of what is said of its age. */
  basis?(data: T): Basis | undefined;
  /** What it shows of the catalogue as it stands, which may change within a version: part of its identity. */
  ofCatalogue?(data: T): unknown;
  /** Reads the answer in the snapshot whose stats these are; null when there is no such thing. */
  read(client: pg.ClientBase, stats: Promise<Stats>, params: P): Promise<T>;
}

export interface Basis {
  version: number;
  asOf: string;
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

/** Of a question whose snapshot is behind what is kept in memory. A post's first page waits for four orders, one by one. */
const ATTEMPTS = 12;

const CACHE_BYTES = 64 * 1024 * 1024;

/** The same for the same parameters, in whatever order they were given. */
export const paramsKey = (params: object): string => JSON.stringify(Object.entries(params).sort());

/** Names a question and its parameters: equal where the answers are. */
export const questionKey = <P, T>(question: Question<P, T>, params: P): string =>
  `${question.name}|${paramsKey((question.canonical?.(params) ?? params) as object)}`;

/** How long an answer that goes by counts of an earlier version is kept. */
const BEHIND_MS = 2_000;

export function createReader(pool: pg.Pool, metrics: Metrics): Reader {
  const cache = new LRUCache<string, Answer<unknown>>({
    maxSize: CACHE_BYTES,
    // The parsed rows weigh a few times their JSON.
    sizeCalculation: (answer, key) => key.length + answer.json.length * 5 + 500,
  });
  const flights = createFlights();
  /** What was read last. */
  let seen: Stats | undefined;
  const see = (stats: Stats): Stats => {
    seen = stats;
    return stats;
  };
  const current = coalesce(async () => see(await readStats(pool)));

  const keyOf = <P, T>(question: Question<P, T>, params: P, stats: Stats) =>
    [stats.version, question.windowStart(stats, params), questionKey(question, params)].join("|");

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
    // Ids that do not exist are many, and not kept.
    if (data !== null) {
      const { version } = question.basis?.(data) ?? stats;
      // Counts that follow later make another answer of the same version.
      const ttl = version < stats.version ? BEHIND_MS : 0;
      cache.set(keyOf(question, params, stats), answer, { ttl });
    }
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

  /** Reads it in a snapshot of its own; expected to be of this state. */
  function fly<P, T>(question: Question<P, T>, params: P, expected: Stats): Flight<Stats, Answer<T>> {
    return flights.start({
      question: questionKey(question, params),
      expected: keyOf(question, params, expected),
      run: async (opened) => {
        for (let attempt = 1; ; attempt++) {
          try {
            return await inSnapshot(
              pool,
              (client, stats) => {
                opened(stats);
                return read(client, stats, question, params);
              },
              question.planning,
            );
          } catch (error) {
            if (!(error instanceof OutdatedSnapshot) || attempt === ATTEMPTS) throw error;
            await error.until;
          }
        }
      },
      keyOf: (stats: Stats) => keyOf(question, params, stats),
    });
  }

  async function answer<P, T>(question: Question<P, T>, params: P): Promise<Answer<T>> {
    const key = seen && keyOf(question, params, seen);
    // One that was started before a newer version was seen may read that version.
    const flight =
      key === undefined
        ? undefined
        : (flights.get<Stats, Answer<T>>(key) ??
          flights.get<Stats, Answer<T>>(questionKey(question, params)));
    // Not kept at the last version seen: it has to be read at whatever version there is now.
    if (seen && key && !flight && !cache.has(key)) return fly(question, params, seen).result;
    const [stats, joined] = await Promise.all([current(), flight?.state]);
    const hit = cached(question, params, stats);
    if (hit) return hit;
    const running =
      flight && joined?.version === stats.version
        ? flight
        : flights.get<Stats, Answer<T>>(keyOf(question, params, stats));
    const shared = await running?.result;
    if (!shared) return fly(question, params, stats).result;
    const isBehind = shared.stats.version === stats.version && shared.stats.asOf < stats.asOf;
    return isBehind ? { ...shared, stats } : shared;
  }

  return { current, answer, snapshot };
}
