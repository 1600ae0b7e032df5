import { LRUCache } from "lru-cache";
import type pg from "pg";
import type { Metrics } from "../metrics.ts";
import { coalesce } from "./coalesce.ts";
import { inSnapshot } from "./snapshot.ts";
import { readStats, type Stats } from "./stats.ts";

/** One analytical question: all that REST and live need to answer it for some parameters. */
export interface Question<P, T> {
  name: string;
  /** Where the counted time begins, at this state: part of the answer's identity. */
  windowStart(stats: Stats, params: P): string;
  /** Reads the answer in the snapshot whose stats are given; null when there is no such thing. */
  read(client: pg.ClientBase, stats: Stats, params: P): Promise<T>;
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

const CACHE_BYTES = 64 * 1024 * 1024;

/** The same for the same parameters, in whatever order they were given. */
export const paramsKey = (params: object): string => JSON.stringify(Object.entries(params).sort());

export function createReader(pool: pg.Pool, metrics: Metrics): Reader {
  const cache = new LRUCache<string, Answer<unknown>>({
    maxSize: CACHE_BYTES,
    // The parsed rows weigh a few times their JSON.
    sizeCalculation: (answer, key) => key.length + answer.json.length * 5 + 500,
  });
  const inFlight = new Map<string, Promise<Answer<unknown>>>();
  const current = coalesce(() => readStats(pool));

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

  async function answerWithin<P, T>(
    client: pg.ClientBase,
    stats: Stats,
    question: Question<P, T>,
    params: P,
  ): Promise<Answer<T>> {
    const hit = cached(question, params, stats);
    if (hit) return hit;
    metrics.answers.inc({ question: question.name, source: "database" });
    const data = await question.read(client, stats, params);
    const json = JSON.stringify(data);
    const answer = { stats, data, json, body: Buffer.from(json) };
    // What does not exist may come to exist within a version, so its absence is not kept.
    if (data !== null) cache.set(keyOf(question, params, stats), answer);
    return answer;
  }

  const snapshot = <T>(body: (snapshot: Snapshot) => Promise<T>): Promise<T> =>
    inSnapshot(pool, (client, stats) =>
      body({
        client,
        stats,
        answer: (question, params) => answerWithin(client, stats, question, params),
      }),
    );

  async function answer<P, T>(question: Question<P, T>, params: P): Promise<Answer<T>> {
    const stats = await current();
    const hit = cached(question, params, stats);
    if (hit) return hit;
    const key = keyOf(question, params, stats);
    const running = inFlight.get(key) as Promise<Answer<T>> | undefined;
    if (running) return running;
    const run = snapshot((state) => state.answer(question, params)).finally(() => inFlight.delete(key));
    inFlight.set(key, run);
    return run;
  }

  return { current, answer, snapshot };
}
