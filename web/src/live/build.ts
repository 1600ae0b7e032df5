/** Whether the server now serves another build of this page than the one that runs. */

const LOOK_EVERY = 10 * 60_000;

/** The entry script that a page names; its name holds a hash of its content. */
export const entryOf = (html: string): string | null =>
  /<script[^>]+type="module"[^>]+src="([^"]+)"/.exec(html)?.[1] ?? null;

/**
 * Looks now and then, and each time the connection has returned, until the returned function is called.
 *
 * @param running the entry script that runs
 * @param found called once, when the page that is served names another
 */
export class BuildWatch {
  #running: string;
  #found: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(running: string, found: () => void) {
    this.#running = running;
    this.#found = found;
  }

  start(): () => void {
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY);
    return () => clearInterval(this.#timer);
  }

  async look(): Promise<void> {
    try {
      const response = await fetch(location.pathname, { cache: "no-store" });
      if (!response.ok) return;
      const served = entryOf(await response.text());
      if (served === null || served === this.#running) return;
      clearInterval(this.#timer);
      this.#found();
    } catch {
      // Not reached: the page says so already, and looks again when the connection is back.
    }
  }
}
