/** Resolves after `ms`, or at once when the signal is aborted. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** The promise's value, or undefined when it takes longer than `ms`. What it rejects with later is not our concern. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const given = new AbortController();
  promise.catch(() => {});
  try {
    return await Promise.race([promise, delay(ms, given.signal).then(() => undefined)]);
  } finally {
    given.abort();
  }
}

export interface RetryOptions {
  /** Whether the error passes by itself; any other is thrown at once. */
  isTransient: (error: unknown) => boolean;
  onRetry?: (error: unknown, attempt: number, waitMs: number) => void;
  /** Aborting makes the next failure final. */
  signal?: AbortSignal;
  firstMs?: number;
  maxMs?: number;
  /** Attempts at most; without it, until it passes. */
  attempts?: number;
}

/** Tries until it succeeds, with exponential backoff and full jitter between tries. */
export async function retry<T>(body: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { firstMs = 100, maxMs = 5_000, attempts = Number.POSITIVE_INFINITY } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await body();
    } catch (error) {
      if (!options.isTransient(error) || attempt >= attempts || options.signal?.aborted) throw error;
      const ceiling = Math.min(maxMs, firstMs * 2 ** (attempt - 1));
      const waitMs = Math.round(ceiling * (0.5 + Math.random() / 2));
      options.onRetry?.(error, attempt, waitMs);
      await delay(waitMs, options.signal);
      if (options.signal?.aborted) throw error;
    }
  }
}
