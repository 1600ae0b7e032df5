import type {
  About,
  AuthorDetail,
  AuthorList,
  AuthorTrends,
  OpportunityAuthor,
  Overview,
  PatternCell,
  PostDetail,
  PostEngagement,
  PostList,
  Problem,
  SampleAuthor,
  SamplePost,
  TopCategory,
} from "@pulseboard/contract";
import { tameNames } from "./names.ts";
import type { ReadKey } from "./readKey.ts";

/** What each path answers. */
export interface Answers {
  "/analytics/engagement-patterns": PatternCell[];
  "/analytics/opportunity-authors": OpportunityAuthor[];
  "/analytics/overview": Overview;
  "/authors": AuthorList;
  "/categories/top": TopCategory[];
  "/posts": PostList;
  "/sample/authors": SampleAuthor[];
  "/sample/posts": SamplePost[];
  "/about": About;
  [post: `/posts/${number}`]: PostDetail;
  [author: `/authors/${number}`]: AuthorDetail;
  [trends: `/author/${number}/trends`]: AuthorTrends;
  [engagement: `/engagement/${number}`]: PostEngagement;
}
export type Path = keyof Answers;
export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Answer<T> {
  /** Null where the state that was named still stands. */
  data: T;
  /** Names this state of the answer, for If-None-Match. */
  etag: string | null;
  /** Up to when it is counted, ms since the epoch. */
  asOf: number | null;
}

/** A question that was answered with a problem, or not at all (status 0). */
export class Refused extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

const ANSWER_WITHIN = 15_000;

/** GET over REST, with the reader's key. */
export class Rest {
  #key: ReadKey;

  constructor(key: ReadKey) {
    this.#key = key;
  }

  /** Whether a question carries a key; a plain link does not. */
  get keyed(): boolean {
    return this.#key.auth.key !== undefined;
  }

  /** The answer to an href of the API as a file. Throws Refused. */
  async file(href: string): Promise<Blob> {
    const { key } = this.#key.auth;
    const headers = new Headers(key ? { authorization: `Bearer ${key}` } : {});
    const late = AbortSignal.timeout(ANSWER_WITHIN);
    try {
      const response = await fetch(href, { headers, signal: late });
      if (!response.ok) throw new Refused(await problemOf(response));
      return await response.blob();
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw new Refused({ type: "about:blank", title: unreached(error, late), status: 0 });
    }
  }

  /**
   * Asks once. The answer has null as data when the state that `etag` names still stands. Throws Refused; an aborted
   * signal throws its own reason.
   */
  async get<P extends Path>(
    path: P,
    query: Query = {},
    { etag, signal }: { etag?: string | null; signal?: AbortSignal } = {},
  ): Promise<Answer<Answers[P] | null>> {
    const headers = new Headers({ accept: "application/json" });
    if (etag) headers.set("if-none-match", etag);
    const { key } = this.#key.auth;
    if (key) headers.set("authorization", `Bearer ${key}`);
    const late = AbortSignal.timeout(ANSWER_WITHIN);
    try {
      const response = await fetch(urlOf(path, query), {
        headers,
        // The state held here decides what is new, not the browser's copy.
        cache: "no-store",
        signal: signal ? AbortSignal.any([signal, late]) : late,
      });
      if (!response.ok && response.status !== 304) throw new Refused(await problemOf(response));
      const asOf = Date.parse(response.headers.get("x-stats-as-of") ?? "");
      return {
        data: response.status === 304 ? null : tameNames((await response.json()) as Answers[P]),
        etag: response.headers.get("etag"),
        asOf: Number.isNaN(asOf) ? null : asOf,
      };
    } catch (error) {
      if (signal?.aborted || error instanceof Refused) throw error;
      throw new Refused({ type: "about:blank", title: unreached(error, late), status: 0 });
    }
  }
}

/** The address of a question; absent and empty parameters are left out. */
export function urlOf(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === null || value === undefined || value === "" ? [] : [[name, String(value)]],
  );
  const text = new URLSearchParams(pairs).toString();
  return text ? `${path}?${text}` : path;
}

const unreached = (error: unknown, late: AbortSignal): string => {
  if (late.aborted) return `no answer within ${ANSWER_WITHIN / 1000} s`;
  return error instanceof SyntaxError ? "the answer is not JSON" : "the server cannot be reached";
};

async function problemOf(response: Response): Promise<Problem> {
  const bare = { type: "about:blank", title: response.statusText || "refused", status: response.status };
  if (!response.headers.get("content-type")?.includes("json")) return bare;
  try {
    return { ...bare, ...((await response.json()) as Partial<Problem>) };
  } catch {
    return bare;
  }
}
