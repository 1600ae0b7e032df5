import { setMaxListeners } from "node:events";
import type { Logger } from "./log.ts";

/** All phases together; who started us waits ten seconds. */
const DEADLINE_MS = 9_000;

export interface Shutdown {
  /** Aborted when shutdown begins: loops end, retries give up. */
  readonly signal: AbortSignal;
  /** Registers a phase. Phases run one after the other, the last registered first, each within its time. */
  phase(name: string, run: () => Promise<unknown> | unknown, timeoutMs?: number): void;
  /** Runs all phases, then exits. Status 0 for a signal, 1 for a fatal error. */
  run(reason: string, error?: unknown): Promise<never>;
}

/**
 * Ordered, time-limited shutdown on SIGTERM, SIGINT, the end of a parent's IPC channel, or a fatal error. A second
 * signal ends the process at once.
 */
export function createShutdown(logger: Logger): Shutdown {
  const phases: { name: string; run: () => Promise<unknown> | unknown; timeoutMs: number }[] = [];
  const controller = new AbortController();
  // Every wait of every partition listens to it; their number is the topic's, not a leak.
  setMaxListeners(0, controller.signal);

  async function run(reason: string, error?: unknown): Promise<never> {
    if (controller.signal.aborted) return new Promise(() => {});
    controller.abort();
    if (error === undefined) logger.info({ reason }, "stopping");
    else logger.fatal({ reason, err: error }, "stopping after a fatal error");
    let status = error === undefined ? 0 : 1;
    setTimeout(() => {
      logger.error({ withinMs: DEADLINE_MS }, "not stopped in time; leaving what is left undone");
      process.exit(1);
    }, DEADLINE_MS).unref();
    for (const { name, run: body, timeoutMs } of phases.reverse()) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not done within ${timeoutMs} ms`)), timeoutMs);
      });
      try {
        await Promise.race([body(), late]);
      } catch (failure) {
        status = 1;
        logger.error({ phase: name, err: failure }, "a shutdown phase failed");
      } finally {
        clearTimeout(timer);
      }
    }
    logger.info("stopped");
    process.exit(status);
  }

  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1);
      void run(name);
    });
  }
  process.on("disconnect", () => void run("parent gone"));
  process.on("uncaughtException", (error) => void run("uncaught exception", error));
  process.on("unhandledRejection", (error) => void run("unhandled rejection", error ?? new Error("unknown")));

  return {
    signal: controller.signal,
    phase(name, body, timeoutMs = 5_000) {
      phases.push({ name, run: body, timeoutMs });
    },
    run,
  };
}
