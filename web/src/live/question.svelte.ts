import type { Problem } from "@pulseboard/contract";
import { untrack } from "svelte";
import { backoff } from "./backoff.ts";
import { type Heard, isOlder } from "./held.ts";
import type { Live } from "./live.svelte.ts";
import { type Answer, type Answers, type Path, type Query, Refused, type Rest, urlOf } from "./rest.ts";
import type { Source } from "./source.ts";

/** A question is asked again no sooner than this after it was asked, ms. */
const EVERY = 5_000;

/**
 * One REST question and its newest answer, in the modes of Source:
 *
 *   asking   a request is under way; what was held is still shown
 *   held     answered; asked again, while the page is visible, once a newer version was heard of, and as long as the
 *            answer is counted up to an earlier time than that version (a list's order may follow some seconds later)
 *   refused  answered by a problem; asked again at retryAt, or by retry()
 */
export class Question<P extends Path> implements Source {
  readonly path: P;
  #rest: Rest;
  #every: number;
  #query: Query | null = null;
  #url = "";
  #abort: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #askedFor: number | null = null;
  #newest: Heard = { version: null, asOf: null };

  #mode = $state<"asking" | "held" | "refused">("asking");
  #answer = $state.raw<Answer<Answers[P]> | null>(null);
  #answered = $state.raw<Query>({});
  #problem = $state.raw<Problem | null>(null);
  #retryAt = $state<number | null>(null);
  #changing = $state(false);

  constructor(rest: Rest, path: P, every = EVERY) {
    this.#rest = rest;
    this.path = path;
    this.#every = every;
  }

  get mode() {
    return this.#mode;
  }
  /** The newest answer, possibly still that to the query before: `query` tells to which. */
  get data(): Answers[P] | null {
    return this.#answer?.data ?? null;
  }
  /** The query that `data` answers. */
  get query(): Query {
    return this.#answered;
  }
  /** True while `data` is of another query than the one asked. */
  get changing() {
    return this.#changing;
  }
  get asOf() {
    return this.#answer?.asOf ?? null;
  }
  get problem() {
    return this.#problem;
  }
  get refusal() {
    return this.#answer === null || this.#changing ? this.#problem : null;
  }
  get retryAt() {
    return this.#retryAt;
  }

  /** Asks, unless this very query is held or under way. */
  change(query: Query): void {
    const url = urlOf(this.path, query);
    if (url === this.#url) return;
    this.#query = query;
    this.#url = url;
    this.#changing = this.#answer !== null;
    this.#attempt = 0;
    void this.#ask();
  }

  /** A version was heard of, or the page is visible again: asks again when the answer is older. */
  hear(version: number | null, asOf: number | null): void {
    // While nothing is counted as_of moves on in the same version, and back with the database's clock.
    if (this.#newest.version !== version || (asOf ?? 0) < (this.#newest.asOf ?? 0))
      this.#newest = { version, asOf };
    this.#askIfOlder();
  }

  #askIfOlder(): void {
    const held = { askedFor: this.#askedFor, asOf: this.asOf };
    if (this.#mode !== "held" || !isOlder(held, this.#newest) || document.visibilityState === "hidden")
      return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), this.#askedAt + this.#every - performance.now());
  }

  retry(): void {
    void this.#ask();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = null;
    this.#url = "";
  }

  async #ask(): Promise<void> {
    if (this.#query === null) return;
    const query = this.#query;
    clearTimeout(this.#timer);
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#mode = "asking";
    this.#retryAt = null;
    this.#askedAt = performance.now();
    this.#askedFor = this.#newest.version;
    const etag = this.#changing ? null : (this.#answer?.etag ?? null);
    try {
      const answer = await this.#rest.get(this.path, query, { etag, signal: abort.signal });
      if (abort.signal.aborted) return;
      const { data, asOf } = answer;
      if (data !== null) {
        this.#answer = { ...answer, data };
        this.#answered = query;
      } else if (this.#answer) this.#answer = { ...this.#answer, asOf };
      this.#changing = false;
      this.#attempt = 0;
      this.#problem = null;
      this.#mode = "held";
      this.#askIfOlder();
    } catch (error) {
      if (abort.signal.aborted) return;
      if (!(error instanceof Refused)) throw error;
      this.#refuse(error.problem);
    }
  }

  #refuse(problem: Problem): void {
    const wait = backoff(++this.#attempt + 1);
    this.#mode = "refused";
    this.#problem = problem;
    // What is not there will not come by asking again.
    if (problem.status === 404 || problem.status === 400) return;
    this.#retryAt = performance.now() + wait;
    this.#timer = setTimeout(() => void this.#ask(), wait);
  }
}

/**
 * Asks over REST as long as the calling component lives, and again when a newer version was heard of. A null query asks
 * nothing. To be called while a component is set up.
 */
export function ask<P extends Path>(
  { rest, live }: { rest: Rest; live: Live },
  path: P,
  query: () => Query | null,
  { every }: { every?: number } = {},
): Question<P> {
  const question = new Question(rest, path, every);
  $effect(() =>
    untrack(() => {
      const seen = () => question.hear(live.version, live.asOf);
      const leave = live.register(question);
      document.addEventListener("visibilitychange", seen);
      return () => {
        document.removeEventListener("visibilitychange", seen);
        leave();
        question.stop();
      };
    }),
  );
  $effect(() => {
    const next = query();
    if (next !== null) untrack(() => question.change(next));
  });
  $effect(() => question.hear(live.version, live.asOf));
  // The server is back: what failed meanwhile need not wait for its turn.
  $effect(() => {
    if (live.connection.mode === "up") untrack(() => question.mode === "refused" && question.retry());
  });
  return question;
}
