import { delay, type Logger } from "@pulseboard/runtime";
import type { PostLists } from "./lists.ts";

/** Well within the time for which folds keep which posts they moved. */
const EVERY_MS = 30_000;

/** Has the lists' posts in memory before anybody asks for one, and has them follow while nobody does. */
export function keepUp(posts: Pick<PostLists, "keepUp">, logger: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    while (!signal.aborted) {
      // Who asks for a list meets the error too, and is told.
      await posts
        .keepUp()
        .catch((error) => logger.debug({ err: error }, "lists of posts wait for the database"));
      await delay(EVERY_MS, signal);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
