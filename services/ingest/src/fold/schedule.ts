/** When the next fold starts, in ms of one monotonic clock. */

const AFTER_NOTICE_MS = 100;
const REST_FACTOR = 3;
/** However idle: other processes' deltas, the windows and as_of move on. */
const TICK_MS = 1_000;
/** Above this load, per second, which is a backlog's, a fold rests long: its cost is per touched post, not per event. */
const HIGH_LOAD = 50_000;
const HIGH_LOAD_REST_MS = 5_000;

export interface LastFold {
  endedAt: number;
  durationMs: number;
  engagementsPerSecond: number;
}

/** The longest rest after a fold. */
export function longestRest(refreshMs: number, engagementsPerSecond: number): number {
  return engagementsPerSecond > HIGH_LOAD ? Math.max(refreshMs, HIGH_LOAD_REST_MS) : refreshMs;
}

/**
 * Shortly after the first delta that no fold has taken, but not before three times the last fold's duration has
 * passed, at most refreshMs, or at high load the whole longer rest; without any delta, a tick.
 */
export function nextStart(state: {
  refreshMs: number;
  noticedAt?: number | undefined;
  /** A backlog waits behind what was noticed: as at high load, more folds would only hold it up. */
  isFarBehind?: boolean;
  triedAt: number;
  last?: LastFold | undefined;
}): number {
  const { refreshMs, noticedAt, isFarBehind, triedAt, last } = state;
  const wait = isFarBehind ? Math.max(refreshMs, HIGH_LOAD_REST_MS) : Math.min(AFTER_NOTICE_MS, refreshMs);
  const due = noticedAt === undefined ? triedAt + TICK_MS : noticedAt + wait;
  if (!last) return due;
  const longest = longestRest(refreshMs, last.engagementsPerSecond);
  const rest = longest > refreshMs ? longest : Math.min(REST_FACTOR * last.durationMs, longest);
  return Math.max(due, last.endedAt + rest);
}

export interface Schedule {
  start(): void;
  notice(isFarBehind?: boolean): void;
  /** What `last` says may have changed, and nothing waits any more. */
  reconsider(): void;
  stop(): void;
}

/** What an attempt tells the schedule: try again after `retryInMs`, or `last`, a fold that was made. */
export interface Attempt {
  retryInMs?: number;
  /** Deltas were left: the next attempt follows without a rest. */
  atOnce?: boolean;
  last?: LastFold;
}

/**
 * Calls `attempt` whenever a fold is due, one at a time. An attempt that made no fold leaves what was noticed
 * noticed.
 */
export function createSchedule(
  refreshMs: number,
  attempt: (noticedAt: number | undefined) => Promise<Attempt>,
): Schedule {
  let started = false;
  let running = false;
  let timer: NodeJS.Timeout | undefined;
  let noticedAt: number | undefined;
  let isFarBehind = false;
  let triedAt = performance.now();
  let last: LastFold | undefined;
  let notBefore = 0;
  let isUrgent = false;

  const arm = () => {
    if (!started || running) return;
    clearTimeout(timer);
    const at = isUrgent
      ? 0
      : Math.max(notBefore, nextStart({ refreshMs, noticedAt, isFarBehind, triedAt, last }));
    timer = setTimeout(run, Math.max(0, at - performance.now()));
  };

  const run = () => {
    running = true;
    triedAt = performance.now();
    const noticedBefore = noticedAt;
    noticedAt = undefined;
    void attempt(noticedBefore).then((outcome) => {
      running = false;
      last = outcome.last ?? last;
      if (outcome.retryInMs !== undefined) {
        notBefore = performance.now() + outcome.retryInMs;
        noticedAt = noticedBefore ?? noticedAt;
      }
      isUrgent = outcome.atOnce ?? false;
      arm();
    });
  };

  return {
    start() {
      started = true;
      arm();
    },
    notice(nowFarBehind = false) {
      if (noticedAt !== undefined && nowFarBehind === isFarBehind) return;
      noticedAt ??= performance.now();
      isFarBehind = nowFarBehind;
      arm();
    },
    reconsider() {
      isFarBehind = false;
      arm();
    },
    stop() {
      started = false;
      clearTimeout(timer);
    },
  };
}
