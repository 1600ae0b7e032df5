const SAMPLES = 8;

/**
 * The server's clock, told from its messages. The reader's own clock may be hours wrong, so only its steady ticking
 * (performance.now) is used. A message can only arrive late, never early: of the last few samples the greatest is
 * the one that was delayed least.
 */
export class ServerClock {
  #samples: number[] = [];
  #offset: number | null = null;

  /** `sentAt`: the server's time of sending, ms since the epoch; `heardAt`: steady local ms. */
  observe(sentAt: number, heardAt: number): void {
    this.#samples = [...this.#samples.slice(1 - SAMPLES), sentAt - heardAt];
    this.#offset = Math.max(...this.#samples);
  }

  /** ms since the epoch, or null before the first message. */
  at(steady: number): number | null {
    return this.#offset === null ? null : steady + this.#offset;
  }
}
