import type { LiveMessage } from "@pulseboard/contract";
import type { Connection } from "./connection.svelte.ts";
import { levelOf } from "./freshness.ts";
import { ServerClock } from "./serverClock.ts";

const TICK = 250;
const RETURN = 3_000;

/** How fresh the page is, ticking between messages; all times are the server's. */
export class Pulse {
  #connection: Connection;
  #clock = new ServerClock();
  #now = $state(performance.now());
  #heard = $state.raw<{ at: number; asOf: number; reported: number } | null>(null);

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  start(): () => void {
    const timer = setInterval(() => {
      this.#now = performance.now();
    }, TICK);
    return () => clearInterval(timer);
  }

  hear({ data }: LiveMessage<"totals">): void {
    const at = performance.now();
    const asOf = Date.parse(data.as_of);
    this.#clock.observe(asOf + data.freshness_ms, at);
    this.#heard = { at, asOf, reported: data.freshness_ms };
    this.#now = at;
  }

  #age = $derived.by(() => {
    const now = this.#clock.at(this.#now);
    return this.#heard === null || now === null ? 0 : Math.max(0, now - this.#heard.asOf);
  });

  #level = $derived.by(() => {
    const heard = this.#heard && {
      silence: this.silence,
      reported: this.#heard.reported,
      age: this.#age,
    };
    return levelOf(this.#link, heard);
  });

  /** A connection that has just returned counts once it has brought numbers, or fails to for a while. */
  get #link() {
    const { mode, upAt, lostAt } = this.#connection;
    if (mode === "opening" && lostAt !== null) return "down";
    const returning = upAt !== null && this.#heard !== null && this.#heard.at < upAt;
    return returning && this.#now - upAt < RETURN ? "down" : mode;
  }

  get level() {
    return this.#level;
  }
  /** The numbers on the page are no longer those of now. */
  get past() {
    return this.#heard !== null && (this.#level === "stale" || this.#level === "offline");
  }
  /** Up to when everything is counted, ms since the epoch. */
  get asOf() {
    return this.#heard?.asOf ?? null;
  }
  /** How far counting is behind: as last reported while live, then ticking on. */
  get behind() {
    return this.#level === "live" ? (this.#heard?.reported ?? 0) : this.#age;
  }
  /** Since the last totals message. */
  get silence() {
    return this.#heard ? Math.max(0, this.#now - this.#heard.at) : 0;
  }
  /** When the connection was lost, ms since the epoch; null while there is one or the server's clock is not known. */
  get lostAt() {
    const at = this.#connection.lostAt;
    return at === null ? null : this.#clock.at(at);
  }
  /** How long until a steady time, in whole seconds. */
  secondsTo(steady: number | null): number | null {
    return steady === null ? null : Math.max(0, Math.ceil((steady - this.#now) / 1000));
  }
  /** The server's time, or the browser's until it is known. */
  get now() {
    return this.#clock.at(this.#now) ?? Date.now();
  }
}
