/**
 * Shares one run of `read` among those who ask while it waits for its turn. Who asks while a run is under way shares
 * the next one, so that nobody gets a state older than their question.
 */
export function coalesce<T>(read: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  function start(): Promise<T> {
    const run = read();
    running = run;
    const done = () => {
      if (running === run) running = undefined;
    };
    run.then(done, done);
    return run;
  }

  return () => {
    if (next) return next;
    if (!running) return start();
    const begin = () => {
      next = undefined;
      return start();
    };
    next = running.then(begin, begin);
    return next;
  };
}
